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
    /// Whether all formulas are to be calculated when the workbook is opened.
    pub(super) is_uncalculated: bool,
}

impl Parts {
    /// `None` if the archive is no workbook.
    pub(super) fn read<R: Read + Seek>(package: &Package<R>) -> Result<Option<Self>, FormatError> {
        let Some(main) = main_part(package)? else {
            return Ok(None);
        };
        if is_binary(&main) {
            return Err(FormatError::Foreign(ForeignFile::BinaryExcel));
        }
        let Some(workbook) = package.find_part(&main, LIST_LIMITS)? else {
            return Ok(None);
        };
        let Some(list) = SheetList::read(workbook)? else {
            return Err(FormatError::Foreign(ForeignFile::OfficeDocument));
        };
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
            is_uncalculated: list.is_uncalculated,
        }))
    }
}

/// The part that all others hang on: the one that the package's relations name, in whatever folder.
fn main_part<R: Read + Seek>(package: &Package<R>) -> Result<Option<String>, FormatError> {
    const USUAL: &str = "xl/workbook.xml";
    let named = Relations::read(package, "")?.first(Kind::Document);
    for part in named.into_iter().chain([USUAL.to_owned()]) {
        if package.has(&part)? || is_binary(&part) {
            return Ok(Some(part));
        }
    }
    Ok(None)
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
    is_uncalculated: bool,
}

impl SheetList {
    /// `None` if the part is of another document than a workbook.
    fn read(mut part: Part<'_>) -> Result<Option<Self>, FormatError> {
        let mut list = Self {
            sheets: Vec::new(),
            dates: DateSystem::From1900,
            is_uncalculated: false,
        };
        let mut is_workbook = false;
        loop {
            match part.next()? {
                Token::Start(element) if !is_workbook => {
                    is_workbook = element.local() == b"workbook";
                    if !is_workbook {
                        return Ok(None);
                    }
                }
                Token::Start(element) if element.local() == b"calcPr" => {
                    element.attributes(|name, value| {
                        list.is_uncalculated |= name == b"fullCalcOnLoad" && is_true(&value);
                        Ok(())
                    })?;
                }
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
                        if name == b"date1904" && is_true(&value) {
                            list.dates = DateSystem::From1904;
                        }
                        Ok(())
                    })?;
                }
                Token::Eof => return Ok(Some(list)),
                _ => {}
            }
            if list.sheets.len() > MAX_SHEETS {
                return Err(part.part().damaged("lists too many sheets"));
            }
        }
    }
}

/// Whether a main part is in the binary format.
fn is_binary(part: &str) -> bool {
    let extension = part.rsplit_once('.').map(|(_, extension)| extension);
    extension.is_some_and(|extension| extension.eq_ignore_ascii_case("bin"))
}

fn is_true(value: &str) -> bool {
    matches!(value, "1" | "true" | "on")
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
