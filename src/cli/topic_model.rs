//! Whether the topic model that articles are labelled by is there: what `config check` and `doctor` say.

use super::{Failure, House};
use crate::deliver::authentication::Finding;
use crate::topic_models::TopicModels;

/// Newest articles that are looked at for a model's word.
const NEWEST: i64 = 10_000;
const TRAIN: &str = "`courant topic train --from-labels` makes one; a backup has those of its time \
     beside it, in FILE.topic-models";

/// What is wrong with the model, and what to do about it; `None` where nothing is, or where none was ever
/// used.
pub async fn missing(house: &House) -> Result<Option<(String, String)>, Failure> {
    let models = TopicModels::of(house.config.home());
    let place = models.folder().display();
    if let Some(number) = models.missing()? {
        let words =
            format!("version {number} of the topic model is to be used and is not in `{place}`");
        let hint = match models.is_empty()? {
            true => TRAIN.to_owned(),
            false => {
                "`courant topic model --use N` names another one; the newest is used until then"
                    .to_owned()
            }
        };
        return Ok(Some((words, hint)));
    }
    match models.in_use() {
        Ok(Some(_)) => Ok(None),
        Ok(None) if house.store.classifier_was_heard(NEWEST).await? => {
            let words = format!("a topic model labelled articles, and there is none in `{place}`");
            Ok(Some((words, TRAIN.to_owned())))
        }
        Ok(None) => Ok(None),
        Err(error) => Ok(Some((
            error.to_string(),
            error.hint().unwrap_or(TRAIN.to_owned()),
        ))),
    }
}

/// The same as `doctor` shows it.
pub async fn looked_at(house: &House) -> Result<Vec<Finding>, Failure> {
    if let Some((words, hint)) = missing(house).await? {
        return Ok(vec![Finding::problem("topic-models", words, hint)]);
    }
    let used = TopicModels::of(house.config.home()).versions()?;
    let used = used.into_iter().find(|v| v.in_use);
    let finding =
        used.map(|v| Finding::ok("topic-models", format!("version {} is in use", v.number)));
    Ok(finding.into_iter().collect())
}
