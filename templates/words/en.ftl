# Every fixed word of Courant in English, as Fluent messages (projectfluent.org).
# A new language is a copy of this file under its own tag, with every message and the same variables;
# plurals as its language has them.

direction = ltr
# The language by its own name, for whoever chooses one.
language-name = English
# Opening and closing, double and single: what straight ones in stories are set as.
quotes = “”‘’
# Between the parts of an enumeration.
list-comma = {", "}

date-monday = Monday
date-tuesday = Tuesday
date-wednesday = Wednesday
date-thursday = Thursday
date-friday = Friday
date-saturday = Saturday
date-sunday = Sunday
date-january = January
date-february = February
date-march = March
date-april = April
date-may = May
date-june = June
date-july = July
date-august = August
date-september = September
date-october = October
date-november = November
date-december = December
# month is its name
date-long = { $weekday } { $day } { $month } { $year }
date-short = { $day } { $month } { $year }
# two digits each
date-time = { $hour }:{ $minute }

section-also = Also today
section-area = Also in { $place }
section-your_area = Also in your area

note-title = From the editors
corrections-title = Corrections
# On the page of a letter that had left before
corrections-withdrawn = This story was withdrawn after the letter had been sent.
view-as_mailed = This is the letter as it was mailed.

# Stories that did not fit: on a website, or nowhere.
more-web = { $n ->
    [one] { $n } more story on the web
   *[other] { $n } more stories on the web
}
more-left = { $n ->
    [one] { $n } more story did not fit into this letter.
   *[other] { $n } more stories did not fit into this letter.
}

why-lead = Chosen by the editors to open this issue
why-pinned = Chosen by the editors
why-topic = Because you follow { $topic }
why-place = From { $place }, a place you follow
why-top = One of today’s top stories

story-first_published = First published { $date }
# Before a headline that the reader had before, in an earlier text
story-update = Update: { $headline }
# minutes of reading
story-minutes = { $n } min
story-origin = First published by { $publisher }
story-also = Also reported by { $sources }
story-also_more = { $n ->
    [one] Also reported by { $sources } and one other
   *[other] Also reported by { $sources } and { $n } others
}

sponsor-label = Advertisement · { $sponsor }

footer-why = You receive this letter because you subscribed to { $list }.
footer-preferences = Change topics, places and hour
footer-unsubscribe = Unsubscribe
footer-view = View in browser

# Above the numbered links of a plain-text letter.
text-links = Links

# The pages behind the links of a letter.
page-title = { $what } · { $list }
page-not_found = There is nothing here
page-not_found_more = The link is not valid. If it comes from a letter, open it again from there, in full.
page-not_allowed = This page cannot be used that way
page-not_allowed_more = Go back and open the link again.
page-bad_form = That form could not be read
page-bad_form_more = Nothing was changed. Open the link again and use its button.
page-too_large = That form is too large
page-too_large_more = Nothing was changed.
page-failed = Something went wrong here
page-failed_more = The fault is ours. Please try again in a few minutes.
page-busy = This takes too long
page-busy_more = Please try again in a few minutes.
page-gone = This subscription is no longer kept
page-gone_more = There is nothing left to change, and no letter will come.
page-letter_gone = This letter is no longer kept
page-letter_gone_more = The copy in your mailbox is the only one.
page-foreign = This form was not sent from here
page-foreign_more = Nothing was changed. Open the page itself and use its button.
page-join_closed = Sign-up is closed
page-join_closed_more = This newsletter takes no new readers by itself at the moment.
page-join_over = This sign-up is over
page-join_over_more = A sign-up that is not confirmed within seven days is forgotten. You can sign up again at any time.
page-link_over = This link is over
page-link_over_more = A link that is mailed for this is good for one hour. Ask for another one from your preferences.
page-move_over = This change of address is over
page-move_over_more = It was not confirmed within seven days, or the address cannot be had. Letters go where they went before.
page-forgotten = You are forgotten
page-forgotten_more = Everything that was kept of you is deleted. No letter will come. What stays is a fingerprint of your address, which keeps it from being signed up for you.
page-lists = Newsletters
page-lists_none = None of the newsletters here is open to everybody.

# What everybody may read of a list. The foot of an issue says what a letter's does not.
list-join = Sign up
list-join_more = Free to leave with one click, in every letter.
list-when = When it comes
# Between the rhythms of a list.
list-or = {" · "}
list-topics = Topics to choose from
list-newest = Latest issues
list-all = All issues
list-feed = Atom feed
list-none = No issue has come out yet.
list-older = Older issues
list-first = Newest issues
list-corrected = with a correction
list-more = { $n ->
    [one] and { $n } more story
   *[other] and { $n } more stories
}
issue-foot_why = An issue of { $list } as everybody may read it. Letters are chosen for each reader.
issue-foot_preferences = About this newsletter
issue-foot_unsubscribe = All issues
issue-foot_view = View in browser

# Signing up. join-consent is what a receipt of consent names: its version follows its words.
join-title = Sign up
join-ask = Get it by mail
join-address = Your mail address
join-button = Sign up
join-wrong = That is no mail address yet. Write it as name@example.org.
join-unserved = Addresses with letters beyond a to z before the @ cannot be served yet. Please use another address.
join-trap = Leave this field empty
join-consent = You agree to get { $list } by mail. First we send one mail with a link to confirm. You can leave with one click in every letter.
join-sent = Look in your mailbox
join-sent_more = A mail is on its way to the address that you wrote. Open the link in it, press the button, and you are in. It is good for seven days.
join-held = A mail to the address that you wrote waits with us: no mail leaves here at the moment, and it comes later. Open the link in it, press the button, and you are in.
join-sent_not = Nothing there? Look in the spam folder, and whether the address was right. An address is sent one such mail a day.
join-confirm = Subscribe to { $list }?
join-confirm_button = Yes, subscribe
join-confirm_more = It was not you? Then do nothing: the address is forgotten after seven days.
join-before = You are subscribed
join-before_link = Change what you get
join-left = You have unsubscribed since
join-left_link = Come back
join-welcome = Welcome. You are subscribed.
join-choose = Make { $list } your own, now or later. Everything here can stay as it is.
join-skip = Not now
join-soon = Your first letter comes soon: the newest issue.

# Mails of the system to whoever signed up, as plain text: nothing in them was typed by a stranger.
mail-confirm_subject = Please confirm: { $list }
mail-confirm_body =
    Somebody, most likely you, asked for { $list } at this address.

    To subscribe, open this link and press the button:
    { $link }

    If it was not you, do nothing. No letter will come, and the address is forgotten after seven days.

    { $postal }
mail-already_subject = You are subscribed: { $list }
mail-already_body =
    Somebody, most likely you, asked for { $list } at this address. You are subscribed already.

    To see or change what you get, or to leave:
    { $link }

    If it was not you, there is nothing to do.

    { $postal }

# Links for whoever has the mailbox. Nothing in these mails was typed by a stranger.
mail-links_subject = Your links: { $list }
mail-links_body =
    Somebody, most likely you, asked for the links of this address.

    { $link }

    Whoever has such a link can change what you get, without a password: keep it to yourself. If it was not you who asked, there is nothing to do.

    { $postal }
mail-export_subject = What is kept of you: { $list }
mail-export_body =
    To see and download what is kept of you, open this link within one hour:
    { $link }

    If it was not you who asked, do nothing, and pass the link on to nobody.

    { $postal }
mail-move_subject = Change your address: { $list }
mail-move_body =
    To have your letters sent to another address, open this link within one hour:
    { $link }

    If it was not you who asked, do nothing, and pass the link on to nobody.

    { $postal }
mail-forget_subject = Be forgotten: { $list }
mail-forget_body =
    To have everything deleted that is kept of you, open this link within one hour and press the button:
    { $link }

    If it was not you who asked, do nothing, and pass the link on to nobody.

    { $postal }
mail-moved_subject = Please confirm your new address: { $list }
mail-moved_body =
    Somebody, most likely you, wants letters of { $list } sent to this address from now on.

    To confirm, open this link and press the button:
    { $link }

    If it was not you, do nothing. No letter will come, and the address is forgotten after seven days.

    { $postal }

leave-title = Unsubscribe
leave-ask = Stop letters from { $list }?
leave-to = Letters go to { $address }.
leave-button = Unsubscribe
leave-done = You are unsubscribed
leave-done_more = No more letters from { $list }. If one is on its way at this moment, it is the last.
leave-again = Subscribe again
leave-again_more = Was that a mistake? You get back what you had.
leave-back = You are subscribed again
leave-back_same = Everything is as it was: the same topics, places and rhythm.
leave-back_rhythm = From now on by this rhythm: { $cadence }.
leave-back_topics = From now on about: { $topics }.
# After leaving: what is offered instead. cadence is the name of a rarer rhythm.
leave-less = Was it too much?
leave-less_more = You have left, and it stays so unless you choose one of these.
leave-weekly = Less often: { $cadence }
leave-weekly_button = Subscribe by this rhythm
leave-fewer = Fewer topics: only those that you tick
leave-fewer_button = Subscribe to these topics
leave-no_topic = Tick at least one topic. You are still unsubscribed.
leave-pause = A break of 30 days
leave-pause_until = Letters come again from { $date }.
leave-pause_button = Subscribe after the break
leave-next = Your next letter comes on { $date } at { $time } ({ $zone }).
leave-next_between = Your next letter comes on { $date } between { $time } and { $until } ({ $zone }).
leave-stopped = No letters go to this address
leave-stopped_more = Its mailbox turned letters away or reported them, so nothing is sent to it.

terms-title = Your letter
terms-reader = What { $address } gets from { $list }.
terms-saved = Saved: { $what }.
terms-saved_later = Kept for when you subscribe again: { $what }.
terms-unchanged = Nothing was changed.
terms-paused = Done.
terms-resumed = Resumed.
terms-next = The next letter comes on { $date } at { $time } ({ $zone }).
terms-next_between = The next letter comes on { $date } between { $time } and { $until } ({ $zone }).
terms-never = With this rhythm no letter comes at all.
terms-is_paused = Your letters are paused: none comes until you resume.
terms-paused_until = Your letters are paused until { $date }.
terms-is_pending = Your subscription is not confirmed yet.
terms-is_unsubscribed = You are unsubscribed: no letters come.
terms-left = No letters come from { $list } until you subscribe again.
terms-left_more = Your choices are kept. You can change them here for when you come back.
terms-is_stopped = No letters go to this address: its mailbox turned them away or reported them.
terms-not_saved = Not saved yet: please look at what is marked.
terms-topics = Topics
terms-topics_more = Choose nothing for the general letter. Stories on a topic set to never stay out, top stories too.
terms-less = Less
terms-normal = Normal
terms-more = More
# A topic that is not followed, and one of which nothing is wanted
terms-no_topic = As it comes
terms-no_story = Never
terms-places = Places
terms-when = When
terms-cadence = Rhythm
terms-cadence_at = { $name }, { $time }
terms-cadence_on = { $name }, { $day } { $time }
terms-hour = Your hour
terms-hour_for = Goes with: { $cadences }. Left empty, the time of the rhythm counts.
terms-zone = Your time zone
terms-zone_more = A city of your zone, such as Europe/Berlin.
terms-length = Length
terms-long = Long: { $stories ->
    [one] { $stories } story
   *[other] { $stories } stories
}
terms-short = Short: about half
terms-language = Language
terms-language_more = Fixed words and dates of your letters; stories stay as they were written.
terms-images = Pictures
terms-images_more = Without pictures, letters load faster and cost less on the way.
terms-images_on = Pictures in my letters
terms-look = Look
terms-text_more = Plain text is for mail programs that show nothing else.
terms-text_on = Plain text alone, without any layout
terms-save = Save
terms-save_later = Keep for later
terms-pause = Pause letters
terms-pause_more = Away for a while?
terms-until = Until
terms-until_more = The day on which letters come again; the first one has the best of what you missed. Left empty, the pause lasts until you resume.
terms-resume = Resume letters
terms-leave = Unsubscribe

# A reader's own pages: links by mail, letters so far, other lists, what is kept.
link-title = Send me my links
link-more = Write the address that your letters go to. A mail with the links to your preferences comes to it.
link-button = Send
link-lost = Subscribed already, and the link is lost? Have it mailed to you.
link-sent = Look in your mailbox
link-sent_more = If letters go to the address that you wrote, a mail with its links is on its way. Nothing there? Look in the spam folder, and whether the address was right.
link-held = If letters go to the address that you wrote, a mail with its links waits with us: no mail leaves here at the moment, and it comes later.

own-nav = More of yours
own-back = Your preferences
own-day = { $date }
own-letters = Letters so far
own-no_letters = No letter has come yet.
own-older = Older letters
own-newest = Newest letters
own-why = Why these stories
own-no_stories = Of this letter no stories are kept.
own-feed = In a feed reader
own-feed_more = The same letters as a private feed. Whoever has its address can read them.
own-renew = New address for the feed
own-renew_more = Passed on by mistake? A new address ends this one.
own-renewed = The feed has a new address; the one before has ended.
own-less = Less about { $topic }
own-none = Nothing more about { $topic }
own-never = You get nothing about { $topic }.
own-turned = From the next letter on, { $topic }: { $word }.
own-undo = Undo
own-lists = Other newsletters
own-no_lists = There is no other one at the moment.
own-lists_more = They come to { $address } as well. You can come and go with one press.
own-join_consent = You agree to get { $list } by mail. You can leave with one click in every letter.
own-joined = You are subscribed to { $list }.
own-is_in = You get it.
own-leave = Unsubscribe
own-left = You are unsubscribed from { $list }.
own-data = Your data and address
own-data_more = Letters are forwarded, and their links with them. For these three steps a fresh link is mailed to { $address }; it is good for one hour.
own-export = What is kept of you
own-export_more = Your address, your choices, what you agreed to, and what was sent: to look at and to download.
own-move = Another address
own-move_more = Letters go to another mailbox from then on. What you were sent stays known, so that nothing comes twice.
own-forget = Be forgotten
own-forget_more = Everything that is kept of you is deleted, and no letter comes any more.
own-mail_link = Mail me the link
own-asked = Look in your mailbox
own-asked_more = A mail with the link is on its way to { $address }. A few a day are sent at most.
own-asked_held = A mail with the link to { $address } waits with us: no mail leaves here at the moment, and it comes later.
own-not_reached = Your mailbox turned letters away or reported them, so no link can be mailed to it. Write to the publisher.

fresh-export = What is kept of you
fresh-export_more = All of it, as of now, for { $address }.
fresh-subscriptions = Subscriptions
fresh-terms = Versions of your choices
fresh-receipts = Receipts of consent
fresh-editions = Letters, and reasons for none
fresh-events = Other events
fresh-json = Download as JSON
fresh-csv = Download as CSV
fresh-move = Another address
fresh-new_address = Your new address
fresh-move_button = Go on
fresh-move_hint = A mail goes there, with a link to confirm. Nothing changes before that.
fresh-move_sent = Look in the new mailbox
fresh-move_sent_more = A mail with a link to confirm is on its way there. It is good for seven days; until then letters come to the old address. If an address is in use here already, nothing is sent to it.
fresh-move_sent_held = A mail with a link to confirm waits with us: no mail leaves here at the moment, and it comes later. Until it is confirmed, letters come to the old address.
fresh-moved = Get { $list } at this address?
fresh-moved_to = Letters will go to { $address }.
fresh-moved_button = Yes, send them here
fresh-moved_hint = It was not you? Then do nothing: the address is forgotten after seven days.
fresh-moved_done = Your address is changed
fresh-forget = Delete everything that is kept of you?
fresh-forget_more = Your subscriptions, choices, receipts and the memory of what you were sent, for { $address }, in every newsletter of this publisher. It cannot be undone.
fresh-forget_button = Yes, delete everything
fresh-forget_hint = A fingerprint of the address stays, which keeps it from being signed up for you. You can sign up again yourself at any time.

terms-part-topics = topics
terms-part-places = places
terms-part-cadence = rhythm
terms-part-hour = hour
terms-part-zone = time zone
terms-part-length = length
terms-part-images = pictures
terms-part-language = language
terms-part-text_only = plain text
terms-part-pause = pause

terms-wrong-weight_unknown = Choose one of the words for: { $names }.
terms-wrong-hour_form = Write a time of day such as 07:30.
terms-wrong-hour_not_taken = { $cadence } sets its own times: leave your hour empty, or choose another rhythm.
terms-wrong-topics_gone = No longer on offer: { $names }. Your other choices are as you made them: look and save again.
terms-wrong-places_gone = No longer on offer: { $names }. Your other choices are as you made them: look and save again.
terms-wrong-zone_empty = Write your time zone: a city of it, such as Europe/Berlin.
terms-wrong-zone_unknown = There is no time zone “{ $zone }”.
terms-wrong-zone_like = There is no time zone “{ $zone }”. Did you mean { $like }?
terms-wrong-cadence_unknown = Choose one of these rhythms.
terms-wrong-length_unknown = Choose one of the two.
terms-wrong-language_unknown = Choose one of these languages.
terms-wrong-until_form = Write a day such as 2026-12-27.
terms-wrong-until_past = Choose a day after today.
terms-wrong-until_far = Choose a day within two years, or leave it empty and resume when you like.
terms-wrong-too_many = At most { $most } can be followed.

# A mailbox as pages.
inbox-title = Inbox
inbox-more = Every letter that was received, newest first.
inbox-page = Page { $page } of { $pages }
inbox-newer = Newer
inbox-older = Older
inbox-empty = No letters yet. They appear here as they are delivered.
inbox-subject = Letter
inbox-to = Reader
inbox-topics = Follows
inbox-follows = Follows { $topics }
inbox-size = Size
inbox-date = Came
inbox-kilobytes = { $n } KB
inbox-came = { $date }, { $time } { $zone }
inbox-came_short = { $time } { $zone }
inbox-general = Follows nothing in particular
inbox-back = All letters
inbox-html = Letter
inbox-text = Plain text
inbox-raw = Source
inbox-why = Why these stories
inbox-screen = As this screen
inbox-wide = Wide (600)
inbox-narrow = Phone (390)
inbox-day = As this machine
inbox-night = Dark
inbox-width = Width
inbox-light = Light
inbox-frame = The letter as its reader sees it
inbox-no_part = The letter has no such part.
inbox-preferences = This reader’s choices
inbox-unsubscribe = Unsubscribe this reader
inbox-no_why = There is no explanation for this letter.
inbox-agrees = Worked out again from what was frozen: the same stories.
inbox-disagrees = Worked out again from what was frozen: other stories than were sent.
inbox-count = { $all ->
    [one] { $chosen } of { $all } article was chosen.
   *[other] { $chosen } of { $all } articles were chosen.
}
inbox-left = Not in this letter: { $n }
inbox-rank = Place
inbox-story = Article
inbox-reason = Why
inbox-age = Age
inbox-slots = Advertisements
inbox-slot_empty = Stayed empty
inbox-beside = Side by side
inbox-budget = { $n } KB of { $budget } KB
inbox-images = Images
inbox-images_on = Shown
inbox-images_off = Off
inbox-show = Show
inbox-alone = This letter alone
inbox-words = Words
inbox-styles = Styles
inbox-marks = Mark-up
inbox-pictures = Pictures: { $n }
inbox-whole = Whole message: { $size }
inbox-plain = Plain text: { $size }
inbox-links = Links
inbox-checks = Checks
inbox-checks_none = Nothing found
inbox-checks_found = { $n ->
    [one] { $n } finding
   *[other] { $n } findings
}
