//! The e-mails of a chunk: its recipients as they were frozen, and what each of them gets. An e-mail is made when it is
//! sent, so that those of a batch are in memory and not those of a chunk.

use std::collections::BTreeMap;

use sluice_aws::{BatchRef, OneMail, fits_into_a_call};
use sluice_basics::ids::TaskRef;
use sluice_mail::{
    BATCH_TAG, Line, Outcome, PLACE_TAG, RenderError, Rendered, Renderer, STATION_TAG,
    TemplateError, Texts, UnsubscribeKey,
};

use super::MailError;

/// What is around an e-mail in a call of SES, about: names of fields, headers and tags.
const AROUND_BYTES: usize = 2 << 10;

/// Who sends, and where recipients unsubscribe.
#[derive(Clone, Debug)]
pub(super) struct Sender {
    /// The address.
    pub(super) address: String,
    /// Where the API answers.
    pub(super) api_url: String,
}

/// The e-mails of a chunk.
pub(super) struct Letters<'a> {
    task: &'a TaskRef,
    lines: Vec<Line>,
    renderer: Renderer<'a>,
    key: &'a UnsubscribeKey,
    sender: &'a Sender,
    /// The sizes of those that can be sent, by place.
    sizes: BTreeMap<usize, usize>,
}

impl<'a> Letters<'a> {
    /// Reads the recipients. What is known of some of them before anything is sent goes to `outcomes`: their address
    /// stood before, or their e-mail cannot be made.
    pub(super) fn new(
        task: &'a TaskRef,
        lines: &[u8],
        texts: &'a Texts,
        key: &'a UnsubscribeKey,
        sender: &'a Sender,
        outcomes: &mut BTreeMap<usize, Outcome>,
    ) -> Result<Self, MailError> {
        let lines = lines
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty());
        let lines = lines
            .map(serde_json::from_slice)
            .collect::<Result<Vec<Line>, _>>()?;
        let renderer =
            Renderer::new(texts).map_err(|error: TemplateError| MailError::Template(error))?;
        let mut letters = Self {
            task,
            lines,
            renderer,
            key,
            sender,
            sizes: BTreeMap::new(),
        };
        for place in 0..letters.lines.len() {
            if letters.lines[place].duplicate {
                outcomes.insert(place, Outcome::Duplicate);
                continue;
            }
            match letters.render(place) {
                Ok(mail) if fits_into_a_call(&mail) => {
                    letters.sizes.insert(place, size(&mail));
                }
                Ok(_) => {
                    let why = "the e-mail is too large: SES takes about 250 KB of one";
                    outcomes.insert(place, Outcome::Failed(why.to_owned()));
                }
                Err(error) => {
                    outcomes.insert(place, Outcome::Failed(error.to_string()));
                }
            }
        }
        Ok(letters)
    }

    /// The places of those that can be sent to.
    pub(super) fn places(&self) -> Vec<usize> {
        self.sizes.keys().copied().collect()
    }

    /// The size of one's e-mail in a call.
    pub(super) fn size(&self, place: usize) -> usize {
        self.sizes.get(&place).copied().unwrap_or_default()
    }

    /// A recipient's address.
    pub(super) fn address(&self, place: usize) -> &str {
        &self.lines[place].address
    }

    /// The sender as the header has it.
    pub(super) fn from(&self, name: Option<&str>) -> String {
        sluice_mail::sender(name, &self.sender.address)
    }

    /// The e-mails to some recipients.
    pub(super) fn mails(&self, batch: &BatchRef, places: &[usize]) -> Vec<OneMail> {
        let one = |place: &usize| {
            Some(OneMail {
                to: self.address(*place).to_owned(),
                tags: vec![
                    (STATION_TAG, self.task.station_id.to_string()),
                    (BATCH_TAG, batch.to_string()),
                    (PLACE_TAG, place.to_string()),
                ],
                unsubscribe_url: self.unsubscribe_url(*place),
                // It was made before.
                content: self.render(*place).ok()?,
            })
        };
        places.iter().filter_map(one).collect()
    }

    fn unsubscribe_url(&self, place: usize) -> String {
        let token = self.key.sign(&self.task.station_id, self.address(place));
        format!("{}/mail/unsubscribe?token={token}", self.sender.api_url)
    }

    fn render(&self, place: usize) -> Result<Rendered, RenderError> {
        let values = self.lines[place].all_values(&self.unsubscribe_url(place));
        self.renderer.render(&values)
    }
}

/// How many bytes an e-mail has in a call, where it is JSON in a JSON string: twice escaped.
fn size(rendered: &Rendered) -> usize {
    let parts = [
        Some(&rendered.subject),
        rendered.text.as_ref(),
        rendered.html.as_ref(),
    ];
    let escaped = |text: &String| {
        let quotes = text
            .bytes()
            .filter(|b| matches!(b, b'"' | b'\\' | b'\n' | b'\r' | b'\t'));
        text.len() + 3 * quotes.count()
    };
    AROUND_BYTES + parts.into_iter().flatten().map(escaped).sum::<usize>()
}
