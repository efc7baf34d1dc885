# Alle festen Wörter von Courant auf Deutsch, als Fluent-Nachrichten (projectfluent.org).

direction = ltr
# The language by its own name, for whoever chooses one.
language-name = Deutsch
# Anführungszeichen, doppelte und einfache, öffnend und schließend.
quotes = „“‚‘
# Zwischen den Teilen einer Aufzählung.
list-comma = {", "}

date-monday = Montag
date-tuesday = Dienstag
date-wednesday = Mittwoch
date-thursday = Donnerstag
date-friday = Freitag
date-saturday = Samstag
date-sunday = Sonntag
date-january = Januar
date-february = Februar
date-march = März
date-april = April
date-may = Mai
date-june = Juni
date-july = Juli
date-august = August
date-september = September
date-october = Oktober
date-november = November
date-december = Dezember
date-long = { $weekday }, { $day }. { $month } { $year }
date-short = { $day }. { $month } { $year }
date-time = { $hour }:{ $minute } Uhr

section-also = Außerdem heute
section-area = Außerdem in { $place }
section-your_area = Aus Ihrer Umgebung

note-title = Aus der Redaktion
corrections-title = Korrekturen
corrections-withdrawn = Dieser Artikel wurde nach dem Versand dieser Ausgabe zurückgezogen.
view-as_mailed = So wurde diese Ausgabe verschickt.

# Artikel, die keinen Platz fanden: auf einer Website, oder nirgends.
more-web = { $n ->
    [one] { $n } weiterer Artikel im Web
   *[other] { $n } weitere Artikel im Web
}
more-left = { $n ->
    [one] { $n } weiterer Artikel fand in dieser Ausgabe keinen Platz.
   *[other] { $n } weitere Artikel fanden in dieser Ausgabe keinen Platz.
}

why-lead = Von der Redaktion als Aufmacher gewählt
why-pinned = Von der Redaktion ausgewählt
why-topic = Weil Sie { $topic } folgen
why-place = Aus { $place }, einem Ihrer Orte
why-top = Eines der wichtigsten Themen des Tages

story-first_published = Erstmals erschienen am { $date }
story-update = Aktualisiert: { $headline }
# Minuten Lesezeit
story-minutes = { $n } Min.
story-origin = Zuerst erschienen bei { $publisher }
story-also = Auch berichtet von { $sources }
story-also_more = { $n ->
    [one] Auch berichtet von { $sources } und einer weiteren Quelle
   *[other] Auch berichtet von { $sources } und { $n } weiteren Quellen
}

sponsor-label = Anzeige · { $sponsor }

footer-why = Sie erhalten diesen Newsletter, weil Sie { $list } abonniert haben.
footer-preferences = Themen, Orte und Uhrzeit ändern
footer-unsubscribe = Abbestellen
footer-view = Im Browser lesen

# Über den nummerierten Links einer Ausgabe als reiner Text.
text-links = Links

# Die Seiten hinter den Links einer Ausgabe.
page-title = { $what } · { $list }
page-not_found = Hier ist nichts
page-not_found_more = Der Link ist ungültig. Wenn er aus einem Newsletter stammt, öffnen Sie ihn bitte noch einmal von dort, und zwar vollständig.
page-not_allowed = So lässt sich diese Seite nicht aufrufen
page-not_allowed_more = Gehen Sie zurück und öffnen Sie den Link noch einmal.
page-bad_form = Das Formular ließ sich nicht lesen
page-bad_form_more = Es wurde nichts geändert. Öffnen Sie den Link noch einmal und benutzen Sie den Knopf auf der Seite.
page-too_large = Das Formular ist zu groß
page-too_large_more = Es wurde nichts geändert.
page-failed = Hier ist etwas schiefgegangen
page-failed_more = Der Fehler liegt bei uns. Bitte versuchen Sie es in einigen Minuten noch einmal.
page-busy = Das dauert zu lange
page-busy_more = Bitte versuchen Sie es in einigen Minuten noch einmal.
page-gone = Dieses Abonnement gibt es nicht mehr
page-gone_more = Es gibt nichts mehr zu ändern, und es kommt keine Ausgabe mehr.
page-letter_gone = Diese Ausgabe wird nicht mehr aufbewahrt
page-letter_gone_more = Die einzige Kopie liegt in Ihrem Postfach.
page-foreign = Dieses Formular wurde nicht von hier gesendet
page-foreign_more = Es wurde nichts geändert. Öffnen Sie die Seite selbst und benutzen Sie den Knopf darauf.
page-join_closed = Die Anmeldung ist geschlossen
page-join_closed_more = Dieser Newsletter nimmt zurzeit keine neuen Leserinnen und Leser von selbst auf.
page-join_over = Diese Anmeldung ist abgelaufen
page-join_over_more = Eine Anmeldung, die nicht innerhalb von sieben Tagen bestätigt wird, wird vergessen. Sie können sich jederzeit wieder anmelden.
page-link_over = Dieser Link gilt nicht mehr
page-link_over_more = Ein Link, der dafür zugeschickt wird, gilt eine Stunde. Fordern Sie in Ihren Einstellungen einen neuen an.
page-move_over = Dieser Adresswechsel gilt nicht mehr
page-move_over_more = Er wurde nicht innerhalb von sieben Tagen bestätigt, oder die Adresse ist nicht zu haben. Alles kommt dorthin, wohin es bisher kam.
page-forgotten = Sie sind vergessen
page-forgotten_more = Alles, was über Sie gespeichert war, ist gelöscht. Es kommt nichts mehr. Es bleibt ein Fingerabdruck Ihrer Adresse, damit niemand sie für Sie anmeldet.
page-lists = Newsletter
page-lists_none = Keiner der Newsletter hier ist für alle offen.

list-join = Anmelden
list-join_more = Abbestellen geht mit einem Klick, in jeder Ausgabe.
list-when = Wann er kommt
list-or = {" · "}
list-topics = Themen zur Auswahl
list-newest = Neueste Ausgaben
list-all = Alle Ausgaben
list-feed = Atom-Feed
list-none = Noch ist keine Ausgabe erschienen.
list-older = Ältere Ausgaben
list-first = Neueste Ausgaben
list-corrected = mit Korrektur
list-more = { $n ->
    [one] und { $n } weitere Meldung
   *[other] und { $n } weitere Meldungen
}
issue-foot_why = Eine Ausgabe von { $list }, wie alle sie lesen können. Per Mail wird sie für jeden eigens zusammengestellt.
issue-foot_preferences = Über diesen Newsletter
issue-foot_unsubscribe = Alle Ausgaben
issue-foot_view = Im Browser ansehen

# Anmelden. join-consent ist das, was eine Einwilligung nennt: Ihre Fassung folgt diesen Worten.
join-title = Anmelden
join-ask = Per Mail lesen
join-address = Ihre Mailadresse
join-button = Anmelden
join-wrong = Das ist noch keine Mailadresse. Schreiben Sie sie wie name@example.org.
join-unserved = Adressen mit anderen Buchstaben als a bis z vor dem @ können noch nicht bedient werden. Bitte nehmen Sie eine andere Adresse.
join-trap = Dieses Feld leer lassen
join-consent = Sie willigen ein, { $list } per Mail zu erhalten. Zuerst senden wir eine Mail mit einem Link zur Bestätigung. Abbestellen können Sie in jeder Ausgabe mit einem Klick.
join-sent = Sehen Sie in Ihr Postfach
join-sent_more = Eine Mail an die angegebene Adresse ist unterwegs. Öffnen Sie den Link darin, drücken Sie den Knopf, und Sie sind dabei. Er gilt sieben Tage.
join-held = Eine Mail an die angegebene Adresse liegt bereit: Zurzeit verlässt uns keine Mail, sie kommt später. Öffnen Sie den Link darin, drücken Sie den Knopf, und Sie sind dabei.
join-sent_not = Nichts da? Sehen Sie im Spamordner nach, und ob die Adresse stimmte. Eine Adresse erhält eine solche Mail am Tag.
join-confirm = { $list } abonnieren?
join-confirm_button = Ja, abonnieren
join-confirm_more = Das waren nicht Sie? Dann tun Sie nichts: Die Adresse wird nach sieben Tagen vergessen.
join-before = Sie haben abonniert
join-before_link = Ändern, was Sie erhalten
join-left = Sie haben seither abbestellt
join-left_link = Wiederkommen
join-welcome = Willkommen. Sie haben abonniert.
join-choose = Stellen Sie sich { $list } zusammen, jetzt oder später. Alles hier kann bleiben, wie es ist.
join-skip = Jetzt nicht
join-soon = Ihre erste Ausgabe kommt gleich: die neueste.

# Mails an alle, die sich anmelden, als reiner Text: Nichts darin hat ein Fremder getippt.
mail-confirm_subject = Bitte bestätigen: { $list }
mail-confirm_body =
    Jemand, vermutlich Sie, möchte { $list } an diese Adresse erhalten.

    Zum Abonnieren öffnen Sie bitte diesen Link und drücken den Knopf:
    { $link }

    Wenn Sie das nicht waren, tun Sie nichts. Es kommt keine Ausgabe, und die Adresse wird nach sieben Tagen vergessen.

    { $postal }
mail-already_subject = Sie haben bereits abonniert: { $list }
mail-already_body =
    Jemand, vermutlich Sie, möchte { $list } an diese Adresse erhalten. Sie haben bereits abonniert.

    Hier sehen und ändern Sie, was Sie erhalten, oder bestellen ab:
    { $link }

    Wenn Sie das nicht waren, ist nichts zu tun.

    { $postal }

# Links für den, dem das Postfach gehört. Nichts davon hat jemand Fremdes getippt.
mail-links_subject = Ihre Links: { $list }
mail-links_body =
    Jemand, vermutlich Sie, hat die Links zu dieser Adresse angefordert.

    { $link }

    Wer einen solchen Link hat, kann ohne Passwort ändern, was Sie bekommen: Behalten Sie ihn für sich. Waren Sie es nicht, ist nichts zu tun.

    { $postal }
mail-export_subject = Was über Sie gespeichert ist: { $list }
mail-export_body =
    Um zu sehen und herunterzuladen, was über Sie gespeichert ist, öffnen Sie innerhalb einer Stunde diesen Link:
    { $link }

    Waren Sie es nicht, tun Sie nichts, und geben Sie den Link niemandem.

    { $postal }
mail-move_subject = Adresse ändern: { $list }
mail-move_body =
    Damit Ihr Newsletter an eine andere Adresse geht, öffnen Sie innerhalb einer Stunde diesen Link:
    { $link }

    Waren Sie es nicht, tun Sie nichts, und geben Sie den Link niemandem.

    { $postal }
mail-forget_subject = Alles vergessen: { $list }
mail-forget_body =
    Damit alles gelöscht wird, was über Sie gespeichert ist, öffnen Sie innerhalb einer Stunde diesen Link und drücken den Knopf:
    { $link }

    Waren Sie es nicht, tun Sie nichts, und geben Sie den Link niemandem.

    { $postal }
mail-moved_subject = Bitte neue Adresse bestätigen: { $list }
mail-moved_body =
    Jemand, vermutlich Sie, möchte { $list } künftig an diese Adresse bekommen.

    Zum Bestätigen diesen Link öffnen und den Knopf drücken:
    { $link }

    Waren Sie es nicht, tun Sie nichts. Es kommt keine Ausgabe, und die Adresse wird nach sieben Tagen vergessen.

    { $postal }

leave-title = Abbestellen
leave-ask = { $list } abbestellen?
leave-to = Der Newsletter geht an { $address }.
leave-button = Abbestellen
leave-done = Sie haben abbestellt
leave-done_more = Von { $list } kommt nichts mehr. Sollte gerade noch eine Ausgabe unterwegs sein, ist sie die letzte.
leave-again = Wieder abonnieren
leave-again_more = War das ein Versehen? Sie erhalten wieder, was Sie hatten.
leave-back = Sie haben wieder abonniert
leave-back_same = Alles ist wie zuvor: Themen, Orte und Rhythmus.
leave-back_rhythm = Von nun an in diesem Rhythmus: { $cadence }.
leave-back_topics = Von nun an über: { $topics }.
leave-less = War es zu viel?
leave-less_more = Sie haben abbestellt, und dabei bleibt es, wenn Sie hier nichts wählen.
leave-weekly = Seltener: { $cadence }
leave-weekly_button = In diesem Rhythmus abonnieren
leave-fewer = Weniger Themen: nur die, die Sie ankreuzen
leave-fewer_button = Diese Themen abonnieren
leave-no_topic = Kreuzen Sie mindestens ein Thema an. Sie haben weiterhin abbestellt.
leave-pause = 30 Tage Pause
leave-pause_until = Ausgaben kommen wieder ab { $date }.
leave-pause_button = Nach der Pause weiter
leave-next = Die nächste Ausgabe kommt am { $date }, um { $time } ({ $zone }).
leave-next_between = Die nächste Ausgabe kommt am { $date }, zwischen { $time } und { $until } ({ $zone }).
leave-stopped = An diese Adresse geht nichts mehr
leave-stopped_more = Das Postfach hat Ausgaben abgewiesen oder gemeldet, deshalb wird nichts mehr dorthin gesendet.

terms-title = Ihr Newsletter
terms-reader = Was { $address } von { $list } erhält.
terms-saved = Gespeichert: { $what }.
terms-saved_later = Für ein erneutes Abonnement vorgemerkt: { $what }.
terms-unchanged = Es wurde nichts geändert.
terms-paused = Erledigt.
terms-resumed = Es geht weiter.
terms-next = Die nächste Ausgabe kommt am { $date }, um { $time } ({ $zone }).
terms-next_between = Die nächste Ausgabe kommt am { $date }, zwischen { $time } und { $until } ({ $zone }).
terms-never = Bei diesem Rhythmus kommt gar keine Ausgabe.
terms-is_paused = Ihr Newsletter pausiert: Es kommt nichts, bis Sie ihn fortsetzen.
terms-paused_until = Ihr Newsletter pausiert bis { $date }.
terms-is_pending = Ihr Abonnement ist noch nicht bestätigt.
terms-is_unsubscribed = Sie haben abbestellt: Es kommt nichts mehr.
terms-left = Von { $list } kommt nichts, bis Sie wieder abonnieren.
terms-left_more = Ihre Auswahl bleibt erhalten. Sie können sie hier schon ändern, falls Sie wiederkommen.
terms-is_stopped = An diese Adresse geht nichts mehr: Das Postfach hat Ausgaben abgewiesen oder gemeldet.
terms-not_saved = Noch nicht gespeichert: Bitte sehen Sie sich die markierten Stellen an.
terms-topics = Themen
terms-topics_more = Ohne Auswahl kommt die allgemeine Ausgabe. Was auf „Nie“ steht, bleibt draußen, auch als Aufmacher.
terms-less = Weniger
terms-normal = Normal
terms-more = Mehr
# Ein Thema, dem niemand folgt, und eines, von dem nichts kommen soll
terms-no_topic = Wie es kommt
terms-no_story = Nie
terms-places = Orte
terms-when = Wann
terms-cadence = Rhythmus
terms-cadence_at = { $name }, { $time } Uhr
terms-cadence_on = { $name }, { $day } { $time } Uhr
terms-hour = Ihre Uhrzeit
terms-hour_for = Möglich bei: { $cadences }. Bleibt das Feld leer, gilt die Zeit des Rhythmus.
terms-zone = Ihre Zeitzone
terms-zone_more = Eine Stadt Ihrer Zeitzone, zum Beispiel Europe/Berlin.
terms-length = Umfang
terms-long = Lang: { $stories } Artikel
terms-short = Kurz: etwa die Hälfte
terms-language = Sprache
terms-language_more = Feste Wörter und Daten Ihrer Briefe; Meldungen bleiben, wie sie geschrieben sind.
terms-images = Bilder
terms-images_more = Ohne Bilder laden die Newsletter schneller und kosten unterwegs weniger.
terms-images_on = Bilder in meinen Newslettern
terms-look = Aussehen
terms-text_more = Reiner Text ist für Mailprogramme, die nichts anderes zeigen.
terms-text_on = Nur reiner Text, ohne Gestaltung
terms-save = Speichern
terms-save_later = Vormerken
terms-pause = Pausieren
terms-pause_more = Eine Weile nicht da?
terms-until = Bis
terms-until_more = Der Tag, an dem es weitergeht; die erste Ausgabe bringt das Beste aus der Zwischenzeit. Leer gelassen dauert die Pause, bis Sie fortsetzen.
terms-resume = Fortsetzen
terms-leave = Abbestellen

# Eigene Seiten: Links per Mail, bisherige Ausgaben, andere Newsletter, was gespeichert ist.
link-title = Meine Links zuschicken
link-more = Schreiben Sie die Adresse, an die Ihr Newsletter geht. Dorthin kommt eine Mail mit den Links zu Ihren Einstellungen.
link-button = Zuschicken
link-lost = Schon angemeldet, und der Link ist weg? Lassen Sie ihn sich zuschicken.
link-sent = Schauen Sie in Ihr Postfach
link-sent_more = Wenn an diese Adresse ein Newsletter geht, ist eine Mail mit den Links unterwegs. Nichts da? Schauen Sie in den Spam-Ordner, und ob die Adresse stimmte.
link-held = Wenn an diese Adresse ein Newsletter geht, liegt eine Mail mit den Links bereit: Zurzeit verlässt uns keine Mail, sie kommt später.

own-nav = Mehr für Sie
own-back = Ihre Einstellungen
own-day = { $date }
own-letters = Bisherige Ausgaben
own-no_letters = Es ist noch keine Ausgabe gekommen.
own-older = Ältere Ausgaben
own-newest = Neueste Ausgaben
own-why = Warum diese Artikel
own-no_stories = Von dieser Ausgabe sind keine Artikel gespeichert.
own-feed = Im Feedreader
own-feed_more = Dieselben Ausgaben als privater Feed. Wer seine Adresse hat, kann sie lesen.
own-renew = Neue Adresse für den Feed
own-renew_more = Versehentlich weitergegeben? Mit einer neuen Adresse endet diese.
own-renewed = Der Feed hat eine neue Adresse; die bisherige gilt nicht mehr.
own-less = Weniger über { $topic }
own-none = Nichts mehr über { $topic }
own-never = Über { $topic } bekommen Sie nichts.
own-turned = Ab der nächsten Ausgabe gilt für { $topic }: { $word }.
own-undo = Rückgängig
own-lists = Andere Newsletter
own-no_lists = Zurzeit gibt es keinen anderen.
own-lists_more = Auch sie kommen an { $address }. An- und abmelden geht mit einem Druck.
own-join_consent = Sie möchten { $list } per Mail bekommen. In jeder Ausgabe können Sie sich mit einem Klick abmelden.
own-joined = Sie bekommen jetzt { $list }.
own-is_in = Sie bekommen ihn.
own-leave = Abmelden
own-left = Sie bekommen { $list } nicht mehr.
own-data = Ihre Daten und Ihre Adresse
own-data_more = Mails werden weitergeleitet, und ihre Links mit ihnen. Für diese drei Schritte kommt darum ein neuer Link an { $address }; er gilt eine Stunde.
own-export = Was über Sie gespeichert ist
own-export_more = Ihre Adresse, Ihre Wahl, Ihre Einwilligungen und was Sie bekommen haben: zum Ansehen und Herunterladen.
own-move = Andere Adresse
own-move_more = Ausgaben gehen dann an ein anderes Postfach. Was Sie schon bekommen haben, bleibt bekannt, damit nichts doppelt kommt.
own-forget = Alles vergessen
own-forget_more = Alles, was über Sie gespeichert ist, wird gelöscht, und es kommt nichts mehr.
own-mail_link = Link zuschicken
own-asked = Schauen Sie in Ihr Postfach
own-asked_more = Eine Mail mit dem Link ist unterwegs an { $address }. Mehr als ein paar am Tag werden nicht verschickt.
own-asked_held = Eine Mail mit dem Link an { $address } liegt bereit: Zurzeit verlässt uns keine Mail, sie kommt später.
own-not_reached = Ihr Postfach hat Mails abgewiesen oder gemeldet, darum kann kein Link dorthin gehen. Schreiben Sie der Redaktion.

fresh-export = Was über Sie gespeichert ist
fresh-export_more = Alles, Stand jetzt, zu { $address }.
fresh-subscriptions = Abonnements
fresh-terms = Fassungen Ihrer Wahl
fresh-receipts = Belege von Einwilligungen
fresh-editions = Ausgaben, und Gründe, warum keine kam
fresh-events = Andere Ereignisse
fresh-json = Als JSON herunterladen
fresh-csv = Als CSV herunterladen
fresh-move = Andere Adresse
fresh-new_address = Ihre neue Adresse
fresh-move_button = Weiter
fresh-move_hint = Dorthin geht eine Mail mit einem Link zum Bestätigen. Vorher ändert sich nichts.
fresh-move_sent = Schauen Sie in das neue Postfach
fresh-move_sent_more = Eine Mail mit einem Link zum Bestätigen ist dorthin unterwegs. Er gilt sieben Tage; bis dahin kommt alles an die alte Adresse. Ist eine Adresse hier schon in Gebrauch, geht nichts an sie.
fresh-move_sent_held = Eine Mail mit einem Link zum Bestätigen liegt bereit: Zurzeit verlässt uns keine Mail, sie kommt später. Bis zur Bestätigung kommen Ausgaben an die alte Adresse.
fresh-moved = { $list } an diese Adresse bekommen?
fresh-moved_to = Ausgaben gehen dann an { $address }.
fresh-moved_button = Ja, hierher schicken
fresh-moved_hint = Sie waren es nicht? Dann tun Sie nichts: Die Adresse wird nach sieben Tagen vergessen.
fresh-moved_done = Ihre Adresse ist geändert
fresh-forget = Alles löschen, was über Sie gespeichert ist?
fresh-forget_more = Ihre Abonnements, Ihre Wahl, Belege und das Gedächtnis, was Sie bekommen haben, zu { $address }, in allen Newslettern dieses Verlags. Es lässt sich nicht rückgängig machen.
fresh-forget_button = Ja, alles löschen
fresh-forget_hint = Es bleibt ein Fingerabdruck der Adresse, damit niemand sie für Sie anmeldet. Sie selbst können sich jederzeit neu anmelden.

terms-part-topics = Themen
terms-part-places = Orte
terms-part-cadence = Rhythmus
terms-part-hour = Uhrzeit
terms-part-zone = Zeitzone
terms-part-length = Umfang
terms-part-images = Bilder
terms-part-language = Sprache
terms-part-text_only = reiner Text
terms-part-pause = Pause

terms-wrong-weight_unknown = Bitte wählen Sie eines der Wörter für: { $names }.
terms-wrong-hour_form = Bitte geben Sie eine Uhrzeit wie 07:30 ein.
terms-wrong-hour_not_taken = „{ $cadence }“ hat eigene Zeiten: Lassen Sie die Uhrzeit leer, oder wählen Sie einen anderen Rhythmus.
terms-wrong-topics_gone = Nicht mehr im Angebot: { $names }. Ihre übrige Auswahl steht noch so da: Sehen Sie sie durch und speichern Sie noch einmal.
terms-wrong-places_gone = Nicht mehr im Angebot: { $names }. Ihre übrige Auswahl steht noch so da: Sehen Sie sie durch und speichern Sie noch einmal.
terms-wrong-zone_empty = Bitte geben Sie Ihre Zeitzone ein: eine Stadt darin, zum Beispiel Europe/Berlin.
terms-wrong-zone_unknown = Eine Zeitzone „{ $zone }“ gibt es nicht.
terms-wrong-zone_like = Eine Zeitzone „{ $zone }“ gibt es nicht. Meinten Sie { $like }?
terms-wrong-cadence_unknown = Bitte wählen Sie einen dieser Rhythmen.
terms-wrong-length_unknown = Bitte wählen Sie eines von beiden.
terms-wrong-language_unknown = Wählen Sie eine dieser Sprachen.
terms-wrong-until_form = Bitte einen Tag angeben, etwa 2026-12-27.
terms-wrong-until_past = Bitte einen Tag nach heute wählen.
terms-wrong-until_far = Bitte einen Tag innerhalb von zwei Jahren wählen, oder das Feld leer lassen und später fortsetzen.
terms-wrong-too_many = Mehr als { $most } können Sie nicht folgen.

# Ein Postfach als Seiten.
inbox-title = Posteingang
inbox-more = Alle angekommenen Ausgaben, die neueste zuerst.
inbox-page = Seite { $page } von { $pages }
inbox-newer = Neuere
inbox-older = Ältere
inbox-empty = Noch keine Ausgaben. Sie erscheinen hier, sobald sie zugestellt sind.
inbox-subject = Ausgabe
inbox-to = Leser
inbox-topics = Folgt
inbox-follows = Folgt { $topics }
inbox-size = Größe
inbox-date = Eingang
inbox-kilobytes = { $n } KB
inbox-came = { $date }, { $time } { $zone }
inbox-came_short = { $time } { $zone }
inbox-general = Folgt nichts Bestimmtem
inbox-back = Alle Ausgaben
inbox-html = Ausgabe
inbox-text = Nur Text
inbox-raw = Quelltext
inbox-why = Warum diese Artikel
inbox-screen = Wie dieser Bildschirm
inbox-wide = Breit (600)
inbox-narrow = Telefon (390)
inbox-day = Wie dieses Gerät
inbox-night = Dunkel
inbox-width = Breite
inbox-light = Licht
inbox-frame = Die Ausgabe, wie ihr Leser sie sieht
inbox-no_part = Die Ausgabe hat keinen solchen Teil.
inbox-preferences = Einstellungen dieses Lesers
inbox-unsubscribe = Diesen Leser abmelden
inbox-no_why = Zu dieser Ausgabe gibt es keine Erklärung.
inbox-agrees = Aus dem Festgehaltenen noch einmal errechnet: dieselben Artikel.
inbox-disagrees = Aus dem Festgehaltenen noch einmal errechnet: andere Artikel als gesendet.
inbox-count = { $all ->
    [one] { $chosen } von { $all } Artikel wurde ausgewählt.
   *[other] { $chosen } von { $all } Artikeln wurden ausgewählt.
}
inbox-left = Nicht in dieser Ausgabe: { $n }
inbox-rank = Platz
inbox-story = Artikel
inbox-reason = Warum
inbox-age = Alter
inbox-slots = Anzeigen
inbox-slot_empty = Blieb leer
inbox-beside = Nebeneinander
inbox-budget = { $n } KB von { $budget } KB
inbox-images = Bilder
inbox-images_on = Sichtbar
inbox-images_off = Aus
inbox-show = Zeigen
inbox-alone = Nur dieser Brief
inbox-words = Text
inbox-styles = Stile
inbox-marks = Auszeichnung
inbox-pictures = Bilder: { $n }
inbox-whole = Ganze Nachricht: { $size }
inbox-plain = Nur Text: { $size }
inbox-links = Links
inbox-checks = Prüfungen
inbox-checks_none = Nichts gefunden
inbox-checks_found = { $n ->
    [one] { $n } Befund
   *[other] { $n } Befunde
}
