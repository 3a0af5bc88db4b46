//! Which parts a workbook has: its sheets, their shared texts, their styles, and how it counts
//! days. Parts name each other by relations, kept beside each (ECMA-376 part 2, 9.3).

use std::collections::BTreeMap;
use std::io::{Read, Seek};

use super::dates::DateSystem;
use super::package::{Package, Part};
use super::xml::Token;
use crate::{ForeignFile, FormatError, Limits};

/// Excel has no limit but memory; no table comes in so many.
const MAX_SHEETS: usize = 4096;
const MAX_RELATIONS: usize = 4 * MAX_SHEETS;

/// Parts that list other parts are small.
const LIST_LIMITS: Limits = Limits {
    output_bytes: 16 << 20,
    ratio: u64::MAX,
    unmeasured_bytes: 16 << 20,
};

/// A sheet of cells.
pub(super) struct Sheet {
    pub(super) name: String,
    pub(super) is_visible: bool,
    pub(super) part: String,
}

/// The parts that matter.
pub(super) struct Parts {
    pub(super) sheets: Vec<Sheet>,
    pub(super) strings: Option<String>,
    pub(super) styles: Option<String>,
    pub(super) dates: DateSystem,
}

impl Parts {
    /// `None` if the archive is no workbook.
    pub(super) fn read<R: Read + Seek>(package: &Package<R>) -> Result<Option<Self>, FormatError> {
        let Some(main) = main_part(package)? else {
            return Ok(None);
        };
        if main == "xl/workbook.bin" {
            return Err(FormatError::Foreign(ForeignFile::BinaryExcel));
        }
        let Some(workbook) = package.find_part(&main, LIST_LIMITS)? else {
            return Ok(None);
        };
        let list = SheetList::read(workbook)?;
        let relations = Relations::read(package, &main)?;
        let sheets = list.sheets.into_iter().filter_map(|listed| {
            let relation = relations.by_id.get(&listed.relation)?;
            // Others are charts, dialogs and macros.
            (relation.kind == Kind::Worksheet).then(|| Sheet {
                name: listed.name,
                is_visible: listed.is_visible,
                part: relation.target.clone(),
            })
        });
        Ok(Some(Self {
            sheets: sheets.collect(),
            strings: relations.first(Kind::SharedStrings),
            styles: relations.first(Kind::Styles),
            dates: list.dates,
        }))
    }
}

/// The part that all others hang on.
fn main_part<R: Read + Seek>(package: &Package<R>) -> Result<Option<String>, FormatError> {
    const USUAL: &str = "xl/workbook.xml";
    if package.has(USUAL)? {
        return Ok(Some(USUAL.to_owned()));
    }
    let main = Relations::read(package, "")?.first(Kind::Document);
    Ok(main.filter(|part| part.starts_with("xl/")))
}

/// A sheet as the workbook lists it.
struct ListedSheet {
    name: String,
    is_visible: bool,
    relation: String,
}

struct SheetList {
    sheets: Vec<ListedSheet>,
    dates: DateSystem,
}

impl SheetList {
    fn read(mut part: Part<'_>) -> Result<Self, FormatError> {
        let mut list = Self {
            sheets: Vec::new(),
            dates: DateSystem::From1900,
        };
        loop {
            match part.next()? {
                Token::Start(element) if element.local() == b"sheet" => {
                    let mut sheet = ListedSheet {
                        name: String::new(),
                        is_visible: true,
                        relation: String::new(),
                    };
                    element.attributes(|name, value| {
                        match name {
                            b"name" => sheet.name = value.into_owned(),
                            b"id" => sheet.relation = value.into_owned(),
                            b"state" => sheet.is_visible = value == "visible",
                            _ => {}
                        }
                        Ok(())
                    })?;
                    list.sheets.push(sheet);
                }
                Token::Start(element) if element.local() == b"workbookPr" => {
                    element.attributes(|name, value| {
                        if name == b"date1904" && matches!(&*value, "1" | "true" | "on") {
                            list.dates = DateSystem::From1904;
                        }
                        Ok(())
                    })?;
                }
                Token::Eof => return Ok(list),
                _ => {}
            }
            if list.sheets.len() > MAX_SHEETS {
                return Err(part.part().damaged("lists too many sheets"));
            }
        }
    }
}

/// What a part is to another, by the end of the relation's type: the rest differs between the
/// transitional and the strict kind of the standard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Document,
    Worksheet,
    SharedStrings,
    Styles,
}

impl Kind {
    fn of(relation_type: &str) -> Option<Self> {
        match relation_type.rsplit('/').next()? {
            "officeDocument" => Some(Self::Document),
            "worksheet" => Some(Self::Worksheet),
            "sharedStrings" => Some(Self::SharedStrings),
            "styles" => Some(Self::Styles),
            _ => None,
        }
    }
}

struct Relation {
    kind: Kind,
    target: String,
}

struct Relations {
    by_id: BTreeMap<String, Relation>,
}

impl Relations {
    /// The relations of a part; of the package itself if its name is empty.
    fn read<R: Read + Seek>(package: &Package<R>, of: &str) -> Result<Self, FormatError> {
        let (folder, file) = of.rsplit_once('/').unwrap_or(("", of));
        let name = match folder {
            "" => format!("_rels/{file}.rels"),
            _ => format!("{folder}/_rels/{file}.rels"),
        };
        let mut by_id = BTreeMap::new();
        let Some(mut part) = package.find_part(&name, LIST_LIMITS)? else {
            return Ok(Self { by_id });
        };
        loop {
            match part.next()? {
                Token::Start(element) if element.local() == b"Relationship" => {
                    let (mut id, mut kind, mut target) = (String::new(), None, String::new());
                    element.attributes(|name, value| {
                        match name {
                            b"Id" => id = value.into_owned(),
                            b"Type" => kind = Kind::of(&value),
                            b"Target" => target = resolve(folder, &value),
                            _ => {}
                        }
                        Ok(())
                    })?;
                    if let Some(kind) = kind {
                        by_id.insert(id, Relation { kind, target });
                    }
                }
                Token::Eof => return Ok(Self { by_id }),
                _ => {}
            }
            if by_id.len() > MAX_RELATIONS {
                return Err(part.part().damaged("has too many relations"));
            }
        }
    }

    /// The part of a kind of which there is one.
    fn first(&self, kind: Kind) -> Option<String> {
        let mut targets = self.by_id.values().filter(|relation| relation.kind == kind);
        targets.next().map(|relation| relation.target.clone())
    }
}

/// A part's name from what a relation says, which is relative to the folder unless it begins with
/// `/`.
fn resolve(folder: &str, target: &str) -> String {
    let target = target.replace('\\', "/");
    let mut path: Vec<&str> = if target.starts_with('/') {
        Vec::new()
    } else {
        folder.split('/').collect()
    };
    for step in target.split('/') {
        match step {
            "" | "." => {}
            ".." => {
                path.pop();
            }
            _ => path.push(step),
        }
    }
    path.retain(|step| !step.is_empty());
    path.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_relative_to_their_folder_or_to_the_package() {
        assert_eq!(
            resolve("xl", "worksheets/sheet1.xml"),
            "xl/worksheets/sheet1.xml"
        );
        assert_eq!(resolve("xl", "/xl/styles.xml"), "xl/styles.xml");
        assert_eq!(resolve("xl", "../xl/./styles.xml"), "xl/styles.xml");
        assert_eq!(resolve("", "xl\\workbook.xml"), "xl/workbook.xml");
        assert_eq!(resolve("xl", "../../../a"), "a");
    }
}
