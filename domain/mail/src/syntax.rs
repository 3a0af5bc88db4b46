//! What a template may say: variables with filters, and conditions. Loops, assignments, concatenation and calls are
//! refused, so that an e-mail is never much larger than its template and its values, and takes no time to make.

use std::collections::BTreeSet;
use std::fmt;

use minijinja::machinery::{Token, WhitespaceConfig, ast, parse, tokenize};
use minijinja::syntax::SyntaxConfig;
use minijinja::{Error, ErrorKind};

/// Filters that a template may use. None makes much more of a value than it is.
const FILTERS: [&str; 11] = [
    "capitalize",
    "d",
    "default",
    "e",
    "escape",
    "length",
    "lower",
    "round",
    "title",
    "trim",
    "upper",
];

/// Tests that a template may use.
const TESTS: [&str; 2] = ["defined", "undefined"];

/// Words and signs within one `{{ }}` or `{% %}`, and such tags with `%` in a template: readers of templates call
/// themselves for each of them.
const MAX_TOKENS: usize = 200;
const MAX_BLOCKS: usize = 200;

/// A part of an e-mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Its subject.
    Subject,
    /// Its plain text.
    Text,
    /// Its HTML.
    Html,
}

impl Part {
    /// Its name in requests and messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Subject => "subject",
            Self::Text => "text",
            Self::Html => "html",
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why a part of a template is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{part}, line {line}: {problem}")]
pub struct SyntaxError {
    /// Which part.
    pub part: Part,
    /// Where, counted from 1.
    pub line: usize,
    /// What is wrong.
    pub problem: String,
}

/// Returns the variables that a part of a template uses.
///
/// # Errors
///
/// If it cannot be read, or says what templates may not say.
pub(super) fn variables(part: Part, source: &str) -> Result<BTreeSet<String>, SyntaxError> {
    let whitespace = WhitespaceConfig {
        keep_trailing_newline: true,
        ..WhitespaceConfig::default()
    };
    check_size(part, source, whitespace)?;
    let parsed = parse(source, part.name(), SyntaxConfig, whitespace);
    let parsed = parsed.map_err(|error| unreadable(part, &error))?;
    let mut check = Check {
        part,
        variables: BTreeSet::new(),
    };
    check.statement(&parsed)?;
    Ok(check.variables)
}

/// Refuses what would be nested too deeply to be read.
fn check_size(part: Part, source: &str, whitespace: WhitespaceConfig) -> Result<(), SyntaxError> {
    let (mut tokens, mut blocks) = (0, 0);
    for token in tokenize(source, false, SyntaxConfig, whitespace) {
        let (token, span) = token.map_err(|error| unreadable(part, &error))?;
        match token {
            Token::TemplateData(_) | Token::VariableStart => tokens = 0,
            Token::BlockStart => {
                tokens = 0;
                blocks += 1;
            }
            _ => tokens += 1,
        }
        let problem = if tokens > MAX_TOKENS {
            format!("a tag has more than {MAX_TOKENS} words and signs")
        } else if blocks > MAX_BLOCKS {
            format!("there are more than {MAX_BLOCKS} tags with {{%")
        } else {
            continue;
        };
        return Err(SyntaxError {
            part,
            line: span.start_line.into(),
            problem,
        });
    }
    Ok(())
}

fn unreadable(part: Part, error: &Error) -> SyntaxError {
    let problem = match (error.kind(), error.detail()) {
        (ErrorKind::SyntaxError, Some(detail)) => detail.to_owned(),
        _ => error.to_string(),
    };
    SyntaxError {
        part,
        line: error.line().unwrap_or(1),
        problem,
    }
}

struct Check {
    part: Part,
    variables: BTreeSet<String>,
}

impl Check {
    fn refuse(&self, line: u16, problem: impl Into<String>) -> SyntaxError {
        SyntaxError {
            part: self.part,
            line: line.into(),
            problem: problem.into(),
        }
    }

    fn statement(&mut self, statement: &ast::Stmt<'_>) -> Result<(), SyntaxError> {
        match statement {
            ast::Stmt::Template(template) => self.statements(&template.children),
            ast::Stmt::EmitRaw(_) => Ok(()),
            ast::Stmt::EmitExpr(emitted) => self.expression(&emitted.expr),
            ast::Stmt::IfCond(condition) => {
                self.expression(&condition.expr)?;
                self.statements(&condition.true_body)?;
                self.statements(&condition.false_body)
            }
            other => Err(self.refuse(line_of(other), "a template has variables and {% if %} only")),
        }
    }

    fn statements(&mut self, statements: &[ast::Stmt<'_>]) -> Result<(), SyntaxError> {
        statements.iter().try_for_each(|one| self.statement(one))
    }

    fn expression(&mut self, expression: &ast::Expr<'_>) -> Result<(), SyntaxError> {
        let line = expression.span().start_line;
        match expression {
            ast::Expr::Var(variable) => {
                self.variables.insert(variable.id.to_owned());
                Ok(())
            }
            ast::Expr::Const(_) => Ok(()),
            ast::Expr::UnaryOp(unary) => self.expression(&unary.expr),
            ast::Expr::BinOp(binary) => {
                use ast::BinOpKind::{Eq, Gt, Gte, In, Lt, Lte, Ne, ScAnd, ScOr};
                if !matches!(binary.op, Eq | Ne | Lt | Lte | Gt | Gte | ScAnd | ScOr | In) {
                    let problem = "a template compares values and does not calculate with them";
                    return Err(self.refuse(line, problem));
                }
                self.expression(&binary.left)?;
                self.expression(&binary.right)
            }
            ast::Expr::Compare(compared) => {
                self.expression(&compared.expr)?;
                let mut others = compared.ops.iter();
                others.try_for_each(|other| self.expression(&other.expr))
            }
            ast::Expr::IfExpr(choice) => {
                self.expression(&choice.test_expr)?;
                self.expression(&choice.true_expr)?;
                match &choice.false_expr {
                    Some(otherwise) => self.expression(otherwise),
                    None => Ok(()),
                }
            }
            ast::Expr::Filter(filter) => {
                let Some(filtered) = filter
                    .expr
                    .as_ref()
                    .filter(|_| FILTERS.contains(&filter.name))
                else {
                    let known = FILTERS.join(", ");
                    let problem =
                        format!("there is no filter `{}`; there are: {known}", filter.name);
                    return Err(self.refuse(line, problem));
                };
                self.expression(filtered)?;
                self.arguments(line, &filter.args)
            }
            ast::Expr::Test(test) => {
                if !TESTS.contains(&test.name) {
                    let known = TESTS.join(" and ");
                    let problem = format!("there is no test `{}`; there are {known}", test.name);
                    return Err(self.refuse(line, problem));
                }
                self.expression(&test.expr)?;
                self.arguments(line, &test.args)
            }
            other => {
                let problem = format!("a {} cannot stand in a template", other.description());
                Err(self.refuse(line, problem))
            }
        }
    }

    fn arguments(&mut self, line: u16, arguments: &[ast::CallArg<'_>]) -> Result<(), SyntaxError> {
        for argument in arguments {
            match argument {
                ast::CallArg::Pos(value) => self.expression(value)?,
                _ => return Err(self.refuse(line, "arguments of a filter have no names")),
            }
        }
        Ok(())
    }
}

/// Where a statement begins that templates may not have.
fn line_of(statement: &ast::Stmt<'_>) -> u16 {
    let span = match statement {
        ast::Stmt::Template(one) => one.span(),
        ast::Stmt::EmitExpr(one) => one.span(),
        ast::Stmt::EmitRaw(one) => one.span(),
        ast::Stmt::ForLoop(one) => one.span(),
        ast::Stmt::IfCond(one) => one.span(),
        ast::Stmt::WithBlock(one) => one.span(),
        ast::Stmt::Set(one) => one.span(),
        ast::Stmt::SetBlock(one) => one.span(),
        ast::Stmt::AutoEscape(one) => one.span(),
        ast::Stmt::FilterBlock(one) => one.span(),
        ast::Stmt::Do(one) => one.span(),
    };
    span.start_line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(source: &str) -> String {
        let refused = variables(Part::Html, source);
        refused.expect_err(source).to_string()
    }

    #[test]
    fn variables_are_found_wherever_they_are_used() {
        let source = "{{ name|default(nick)|title }}{% if tier == 'gold' and not(points < 10) %}{{ a if b else c }}\
                      {% elif d is defined %}{% else %}{{ e }}{% endif %}{% raw %}{{ f }}{% endraw %}{# {{ g }} #}";
        let found = variables(Part::Text, source).expect("a template");
        let found: Vec<&str> = found.iter().map(String::as_str).collect();
        assert_eq!(
            found,
            ["a", "b", "c", "d", "e", "name", "nick", "points", "tier"]
        );
    }

    #[test]
    fn what_could_grow_or_loop_is_refused_with_its_line() {
        for source in [
            "{% for x in range(9) %}x{% endfor %}",
            "{% set x = name %}",
            "{% set x %}a{% endset %}",
            "{% with x = name %}{% endwith %}",
            "{% autoescape false %}{{ name }}{% endautoescape %}",
            "{% filter upper %}a{% endfilter %}",
            "{{ name ~ name }}",
            "{{ name * 1000000000 }}",
            "{{ name + name }}",
            "{{ range(9) }}",
            "{{ [name, name] }}",
            "{{ {'a': name} }}",
            "{{ name[0] }}",
            "{{ name[1:] }}",
            "{{ name.first }}",
            "{{ name|safe }}",
            "{{ name|replace('a', name) }}",
            "{{ name is string }}",
            "{{ name|default(value=1) }}",
            "{% include 'text' %}",
            "{% macro x() %}{% endmacro %}",
        ] {
            let told = problem(&format!("one\ntwo\n{source}"));
            assert!(told.starts_with("html, line 3: "), "{source}: {told}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_told_with_its_line() {
        for source in [
            "{{ name",
            "{{ }}",
            "{% if a %}",
            "{{ name | }}",
            "{% endif %}",
        ] {
            let told = problem(&format!("one\n{source}"));
            assert!(told.starts_with("html, line 2: "), "{source}: {told}");
        }
    }

    #[test]
    fn a_deep_template_is_refused_and_does_not_end_the_process() {
        let deep = format!("{{{{ {}a{} }}}}", "(".repeat(100_000), ")".repeat(100_000));
        assert!(variables(Part::Text, &deep).is_err());
        let deep = "{% if a %}".repeat(20_000) + &"{% endif %}".repeat(20_000);
        assert!(variables(Part::Text, &deep).is_err());
        let deep = format!("{{{{ {}a }}}}", "not ".repeat(50_000));
        assert!(variables(Part::Text, &deep).is_err());
        for long in ["|upper", " == a", " if a else a"] {
            let long = format!("{{{{ a{} }}}}", long.repeat(20_000));
            assert!(variables(Part::Text, &long).is_err());
        }
        let long = format!("{{% if a %}}{}{{% endif %}}", "{% elif a %}".repeat(20_000));
        assert!(variables(Part::Text, &long).is_err());
        let most = format!("{{% if a %}}{}{{% endif %}}", "{% elif a %}".repeat(198));
        assert!(variables(Part::Text, &most).is_ok());
    }
}
