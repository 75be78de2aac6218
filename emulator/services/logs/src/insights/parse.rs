//! Reading a query.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html>

use regex_lite::{Regex, RegexBuilder};

use super::expression::{Expression, Operator, Pattern};
use super::functions;
use super::lexer::{Token, TokenKind, period_ms, tokens, unexpected};
use super::stats::{Aggregate, Function};
use super::value::Value;
use crate::limits::{QUERY_DEPTH_MAX, REGEX_SIZE_BYTES_MAX};

/// One command of a query.
#[derive(Debug)]
pub(super) enum Command {
    /// Columns with their names.
    Fields(Vec<(String, Expression)>),
    Display(Vec<(String, Expression)>),
    Filter(Expression),
    /// By what, and whether the largest comes first.
    Sort(Vec<(Expression, bool)>),
    Limit(usize),
    Stats {
        columns: Vec<Aggregate>,
        by: Vec<(String, Expression)>,
    },
    /// Of which field, by what, into which fields.
    Parse {
        of: Expression,
        by: Regex,
        names: Vec<String>,
    },
    Dedup(Vec<(String, Expression)>),
}

/// Why a query cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// What is wrong.
    Malformed(String),
    /// A command that AWS has and we do not.
    Unknown(String),
}

/// Commands that AWS has besides.
const OTHERS: [&str; 9] =
    ["anomaly", "diff", "filterindex", "join", "lookup", "pattern", "source", "unmask", "unnest"];

/// # Errors
/// What is wrong, and where.
pub(super) fn parse(query: &str) -> Result<Vec<Command>, Unreadable> {
    let tokens = tokens(query).map_err(|(text, _)| Unreadable::Malformed(text))?;
    let mut reader = Reader { query, tokens: &tokens, depth: 0 };
    let mut commands = Vec::new();
    loop {
        // A pipe may stand before the first command, and behind the last.
        while reader.takes("|") {}
        if reader.tokens.is_empty() {
            return Ok(commands);
        }
        commands.push(reader.command()?);
        if !reader.tokens.is_empty() && !reader.is("|") {
            return Err(reader.unexpected());
        }
    }
}

struct Reader<'a> {
    query: &'a str,
    tokens: &'a [Token],
    depth: usize,
}

type Read<T> = Result<T, Unreadable>;

impl Reader<'_> {
    fn unexpected(&self) -> Unreadable {
        let at = self.tokens.first().map_or(self.query.len(), |token| token.at);
        Unreadable::Malformed(match self.query.get(at..) {
            Some(rest) if !rest.is_empty() => unexpected(rest, at).0,
            _ => format!("unexpected end of input at line 1 and position {at}"),
        })
    }

    fn kind(&self) -> Option<&TokenKind> {
        self.tokens.first().map(|token| &token.kind)
    }

    fn skip(&mut self) {
        self.tokens = self.tokens.get(1..).unwrap_or_default();
    }

    fn is(&self, sign: &str) -> bool {
        matches!(self.kind(), Some(TokenKind::Sign(it)) if *it == sign)
    }

    fn takes(&mut self, sign: &str) -> bool {
        let is = self.is(sign);
        if is {
            self.skip();
        }
        is
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(self.kind(), Some(TokenKind::Word(it)) if it.eq_ignore_ascii_case(word))
    }

    fn takes_word(&mut self, word: &str) -> bool {
        let is = self.is_word(word);
        if is {
            self.skip();
        }
        is
    }

    fn needs(&mut self, sign: &str) -> Read<()> {
        match self.takes(sign) {
            true => Ok(()),
            false => Err(self.unexpected()),
        }
    }

    fn name(&mut self) -> Read<String> {
        let name = match self.kind() {
            Some(TokenKind::Word(name) | TokenKind::Name(name)) => name.clone(),
            _ => return Err(self.unexpected()),
        };
        self.skip();
        Ok(name)
    }

    fn list<T>(&mut self, one: impl Fn(&mut Self) -> Read<T>) -> Read<Vec<T>> {
        let mut list = vec![one(self)?];
        while self.takes(",") {
            list.push(one(self)?);
        }
        Ok(list)
    }

    fn command(&mut self) -> Read<Command> {
        let Some(TokenKind::Word(command)) = self.kind() else { return Err(self.unexpected()) };
        let command = command.to_ascii_lowercase();
        let error = self.unexpected();
        self.skip();
        Ok(match command.as_str() {
            "fields" => Command::Fields(self.list(Self::column)?),
            "display" => Command::Display(self.list(Self::column)?),
            "filter" => Command::Filter(self.expression()?),
            "sort" => {
                let _by = self.takes_word("by");
                Command::Sort(self.list(Self::order)?)
            }
            "limit" | "head" => Command::Limit(self.count()?),
            "stats" => self.stats()?,
            "parse" => self.parse()?,
            "dedup" => Command::Dedup(self.list(Self::column)?),
            other if OTHERS.contains(&other) => return Err(Unreadable::Unknown(command)),
            _ => return Err(error),
        })
    }

    fn count(&mut self) -> Read<usize> {
        let Some(TokenKind::Number(count)) = self.kind() else { return Err(self.unexpected()) };
        let count = *count;
        if count < 1.0 || count.fract() != 0.0 {
            return Err(self.unexpected());
        }
        self.skip();
        Ok(count as usize)
    }

    /// An expression, with or without a name of its own.
    fn column(&mut self) -> Read<(String, Expression)> {
        let expression = self.expression()?;
        let name = match self.takes_word("as") {
            true => self.name()?,
            false => expression.name(),
        };
        Ok((name, expression))
    }

    fn order(&mut self) -> Read<(Expression, bool)> {
        let expression = self.expression()?;
        // As AWS does where nothing is said: the largest first.
        let descending = match self.takes_word("asc") {
            true => false,
            false => {
                let _desc = self.takes_word("desc");
                true
            }
        };
        Ok((expression, descending))
    }

    fn stats(&mut self) -> Read<Command> {
        let columns = self.list(Self::aggregate)?;
        let by = match self.takes_word("by") {
            true => self.list(Self::column)?,
            false => Vec::new(),
        };
        Ok(Command::Stats { columns, by })
    }

    fn aggregate(&mut self) -> Read<Aggregate> {
        let error = self.unexpected();
        let name = self.name()?;
        let Some(function) = Function::of(&name.to_ascii_lowercase()) else { return Err(error) };
        self.needs("(")?;
        let mut of = None;
        let mut percentile = 50.0;
        if self.takes("*") {
            of = Some(Expression::All);
        } else if !self.is(")") {
            of = Some(self.expression()?);
        }
        if function == Function::Pct && self.takes(",") {
            let Some(TokenKind::Number(number)) = self.kind() else {
                return Err(self.unexpected());
            };
            percentile = *number;
            self.skip();
        }
        self.needs(")")?;
        if of.is_none() && function != Function::Count {
            return Err(error);
        }
        let shown = of.as_ref().map(Expression::name).unwrap_or_default();
        let called = match function {
            Function::Pct => format!("{name}({shown}, {percentile})"),
            _ => format!("{name}({shown})"),
        };
        let name = if self.takes_word("as") { self.name()? } else { called };
        Ok(Aggregate { name, function, of, percentile })
    }

    fn parse(&mut self) -> Read<Command> {
        let of = match self.kind() {
            Some(TokenKind::Text(_) | TokenKind::Regex(_)) => Expression::Field("@message".into()),
            _ => self.primary()?,
        };
        let error = self.unexpected();
        let (by, names) = match self.kind() {
            Some(TokenKind::Text(glob)) => {
                let by = glob_regex(glob).ok_or(error)?;
                self.skip();
                if !self.takes_word("as") {
                    return Err(self.unexpected());
                }
                let names = self.list(Self::name)?;
                if names.len() + 1 != by.captures_len() {
                    return Err(Unreadable::Malformed(
                        "the number of fields must be that of the wildcards".into(),
                    ));
                }
                (by, names)
            }
            Some(TokenKind::Regex(text)) => {
                let by = regex(text).ok_or(error)?;
                let names = by.capture_names().flatten().map(str::to_owned).collect();
                self.skip();
                (by, names)
            }
            _ => return Err(error),
        };
        Ok(Command::Parse { of, by, names })
    }

    fn expression(&mut self) -> Read<Expression> {
        self.depth += 1;
        if self.depth > QUERY_DEPTH_MAX {
            return Err(self.unexpected());
        }
        let mut left = self.and()?;
        while self.takes_word("or") {
            left = pair(Operator::Or, left, self.and()?);
        }
        self.depth -= 1;
        Ok(left)
    }

    fn and(&mut self) -> Read<Expression> {
        let mut left = self.not()?;
        while self.takes_word("and") {
            left = pair(Operator::And, left, self.not()?);
        }
        Ok(left)
    }

    fn not(&mut self) -> Read<Expression> {
        let mut count = 0;
        while self.takes_word("not") {
            count += 1;
        }
        let inner = self.comparison()?;
        Ok(if count % 2 == 1 { Expression::Not(Box::new(inner)) } else { inner })
    }

    fn comparison(&mut self) -> Read<Expression> {
        const COMPARISONS: [(&str, Operator); 6] = [
            ("=", Operator::Equal),
            ("!=", Operator::Different),
            ("<=", Operator::LessOrEqual),
            (">=", Operator::GreaterOrEqual),
            ("<", Operator::Less),
            (">", Operator::Greater),
        ];
        let left = self.sum()?;
        if let Some((sign, operator)) = COMPARISONS.iter().find(|(sign, _)| self.is(sign)) {
            self.needs(sign)?;
            return Ok(pair(*operator, left, self.sum()?));
        }
        let is_not = self.takes_word("not");
        let compared = if self.takes("=~") || self.takes_word("like") {
            let error = self.unexpected();
            let pattern = match self.kind() {
                Some(TokenKind::Text(text)) => Pattern::Text(text.clone()),
                Some(TokenKind::Regex(text)) => Pattern::Regex(regex(text).ok_or(error)?),
                _ => return Err(error),
            };
            self.skip();
            Expression::Fits(Box::new(left), pattern)
        } else if self.takes_word("in") {
            self.needs("[")?;
            let list = if self.is("]") { Vec::new() } else { self.list(Self::sum)? };
            self.needs("]")?;
            Expression::In(Box::new(left), list)
        } else if is_not {
            return Err(self.unexpected());
        } else {
            left
        };
        Ok(if is_not { Expression::Not(Box::new(compared)) } else { compared })
    }

    fn sum(&mut self) -> Read<Expression> {
        let mut left = self.product()?;
        loop {
            let operator = match () {
                () if self.takes("+") => Operator::Plus,
                () if self.takes("-") => Operator::Minus,
                () => return Ok(left),
            };
            left = pair(operator, left, self.product()?);
        }
    }

    fn product(&mut self) -> Read<Expression> {
        let mut left = self.power()?;
        loop {
            let operator = match () {
                () if self.takes("*") => Operator::Times,
                () if self.takes("/") => Operator::Divided,
                () if self.takes("%") => Operator::Modulo,
                () => return Ok(left),
            };
            left = pair(operator, left, self.power()?);
        }
    }

    fn power(&mut self) -> Read<Expression> {
        let left = self.primary()?;
        match self.takes("^") {
            true => Ok(pair(Operator::Power, left, self.primary()?)),
            false => Ok(left),
        }
    }

    fn primary(&mut self) -> Read<Expression> {
        if self.takes("(") {
            let inner = self.expression()?;
            self.needs(")")?;
            return Ok(inner);
        }
        if self.takes("-") {
            return Ok(Expression::Minus(Box::new(self.primary_within()?)));
        }
        let error = self.unexpected();
        let expression = match self.kind() {
            Some(TokenKind::Number(number)) => Expression::Value(Value::Number(*number)),
            Some(TokenKind::Period(ms)) => Expression::Period(*ms),
            Some(TokenKind::Text(text)) => Expression::Value(Value::Text(text.clone())),
            Some(TokenKind::Name(name)) => Expression::Field(name.clone()),
            Some(TokenKind::Word(word)) => {
                let word = word.clone();
                self.skip();
                return self.field_or_call(word, error);
            }
            _ => return Err(error),
        };
        self.skip();
        Ok(expression)
    }

    /// As [`Self::primary`], one level deeper.
    fn primary_within(&mut self) -> Read<Expression> {
        self.depth += 1;
        if self.depth > QUERY_DEPTH_MAX {
            return Err(self.unexpected());
        }
        let inner = self.primary()?;
        self.depth -= 1;
        Ok(inner)
    }

    fn field_or_call(&mut self, word: String, error: Unreadable) -> Read<Expression> {
        match word.to_ascii_lowercase().as_str() {
            "true" => return Ok(Expression::Value(Value::Truth(true))),
            "false" => return Ok(Expression::Value(Value::Truth(false))),
            _ => {}
        }
        if !self.takes("(") {
            return Ok(Expression::Field(word));
        }
        let name = word.to_ascii_lowercase();
        let mut arguments = if self.is(")") { Vec::new() } else { self.list(Self::expression)? };
        self.needs(")")?;
        // `bin(5min)` and `bin(1 h)` are written, too.
        if let [Expression::Value(Value::Number(number)), Expression::Field(unit)] =
            arguments.as_slice()
            && let Some(ms) = period_ms(unit)
        {
            arguments = vec![Expression::Period((number * ms as f64) as u64)];
        }
        match functions::takes(&name, arguments.len()) {
            true => Ok(Expression::Call(
                if name == "bin" { name } else { word }.to_ascii_lowercase(),
                arguments,
            )),
            false => Err(error),
        }
    }
}

fn pair(operator: Operator, left: Expression, right: Expression) -> Expression {
    Expression::Pair(operator, Box::new(left), Box::new(right))
}

fn regex(text: &str) -> Option<Regex> {
    RegexBuilder::new(text).size_limit(REGEX_SIZE_BYTES_MAX).build().ok()
}

/// `user=*, method:*`: each star is a field, the last up to the end.
fn glob_regex(glob: &str) -> Option<Regex> {
    let parts: Vec<String> = glob.split('*').map(regex_lite::escape).collect();
    let (last, first) = parts.split_last()?;
    let mut text = String::from("(?s)");
    for (at, part) in first.iter().enumerate() {
        text.push_str(part);
        let is_at_end = at + 1 == first.len() && last.is_empty();
        text.push_str(if is_at_end { "(.*)" } else { "(.*?)" });
    }
    text.push_str(last);
    regex(&text)
}
