//! A table of a TOML file being read: what is asked for is typed, what is left over is unknown.

use std::cell::RefCell;

use ::toml::Spanned;
use ::toml::de::{DeTable, DeValue};

use crate::config::place::{Place, Placed};
use crate::config::problem::{Problem, Source};
use crate::config::values::{self, nearest};

/// What every table of a file shares: its text, and what is wrong with it.
pub(super) struct Context<'s> {
    pub(super) source: &'s Source,
    pub(super) problems: RefCell<Vec<Problem>>,
}

impl Context<'_> {
    pub(super) fn problem(&self, place: &Place, text: impl Into<String>) {
        self.problems.borrow_mut().push(self.source.problem_at(place.clone(), text));
    }
}

/// A table being read.
pub(super) struct Table<'c> {
    pub(super) context: &'c Context<'c>,
    /// As messages call it, such as `[[key]]`.
    title: String,
    pub(super) place: Place,
    entries: &'c DeTable<'c>,
    known: Vec<&'static str>,
}

/// A value being read, with the name it has.
#[derive(Clone)]
pub(super) struct Item<'c> {
    context: &'c Context<'c>,
    pub(super) name: String,
    pub(super) place: Place,
    value: &'c DeValue<'c>,
}

impl<'c> Table<'c> {
    pub(super) fn new(
        context: &'c Context<'c>,
        title: &str,
        place: Place,
        entries: &'c DeTable<'c>,
    ) -> Self {
        Self { context, title: title.to_owned(), place, entries, known: Vec::new() }
    }

    /// The value of that name, which is known from now on.
    pub(super) fn item(&mut self, name: &'static str) -> Option<Item<'c>> {
        self.known.push(name);
        let (key, value) = self.entries.iter().find(|(key, _)| key.get_ref().as_ref() == name)?;
        Some(self.to_item(key.get_ref(), key.span().start, value))
    }

    /// Where the value of that name stands.
    pub(super) fn place_of(&self, name: &str) -> Option<Place> {
        let (key, _) = self.entries.iter().find(|(key, _)| key.get_ref().as_ref() == name)?;
        Some(self.context.source.place(key.span().start))
    }

    /// Every value, whatever its name.
    pub(super) fn items(&self) -> Vec<Item<'c>> {
        let item = |(key, value): (&'c Spanned<_>, &'c Spanned<_>)| {
            let name: &std::borrow::Cow<'_, str> = key.get_ref();
            self.to_item(name, key.span().start, value)
        };
        self.entries.iter().map(item).collect()
    }

    fn to_item(&self, name: &str, start: usize, value: &'c Spanned<DeValue<'c>>) -> Item<'c> {
        let place = self.context.source.place(start);
        Item { context: self.context, name: name.to_owned(), place, value: value.get_ref() }
    }

    /// A value that must be there.
    pub(super) fn required(&mut self, name: &'static str) -> Option<Item<'c>> {
        let item = self.item(name);
        if item.is_none() {
            let text = format!("{} has no {name}; add {name} = …", self.title);
            self.context.problem(&self.place, text);
        }
        item
    }

    pub(super) fn text(&mut self, name: &'static str) -> Option<Placed<String>> {
        self.item(name)?.text()
    }

    pub(super) fn flag(&mut self, name: &'static str) -> Option<Placed<bool>> {
        self.item(name)?.flag()
    }

    pub(super) fn texts(&mut self, name: &'static str) -> Option<Placed<Vec<String>>> {
        self.item(name)?.texts()
    }

    /// Says which names were not asked for.
    pub(super) fn finish(self) {
        for item in self.items() {
            if self.known.contains(&item.name.as_str()) {
                continue;
            }
            let mut text = format!("unknown name \"{}\" in {}", item.name, self.title);
            match nearest(&item.name, &self.known) {
                Some(near) => text.push_str(&format!("; did you mean \"{near}\"?")),
                None => text.push_str(&format!("; it knows {}", self.known.join(", "))),
            }
            self.context.problem(&item.place, text);
        }
    }
}

impl<'c> Item<'c> {
    /// Makes what is wrong with the value a problem of its line.
    pub(super) fn checked<T>(&self, result: Result<T, String>) -> Option<Placed<T>> {
        match result {
            Ok(value) => Some(Placed::new(value, self.place.clone())),
            Err(text) => {
                self.context.problem(&self.place, format!("{}: {text}", self.name));
                None
            }
        }
    }

    fn wrong<T>(&self, wanted: &str) -> Option<T> {
        let text = format!("{} must be {wanted}, but it is {}", self.name, describe(self.value));
        self.context.problem(&self.place, text);
        None
    }

    pub(super) fn text(&self) -> Option<Placed<String>> {
        match self.value.as_str() {
            Some(text) => Some(Placed::new(text.to_owned(), self.place.clone())),
            None => self.wrong("a text in quotes"),
        }
    }

    pub(super) fn flag(&self) -> Option<Placed<bool>> {
        match self.value.as_bool() {
            Some(flag) => Some(Placed::new(flag, self.place.clone())),
            None => self.wrong("true or false"),
        }
    }

    /// A whole number that is not negative.
    pub(super) fn number(&self) -> Option<Placed<u64>> {
        let number = self.value.as_integer().map(|integer| {
            u64::from_str_radix(integer.as_str().trim_start_matches('+'), integer.radix())
        });
        match number {
            Some(Ok(number)) => Some(Placed::new(number, self.place.clone())),
            _ => self.wrong("a number that is not negative"),
        }
    }

    /// A time span: a text such as `"5m"`, or seconds.
    pub(super) fn seconds(&self) -> Option<Placed<u64>> {
        match self.is_text() {
            true => self.checked(values::seconds(&self.text()?.value)),
            false => self.checked(values::bounded(self.number()?.value)),
        }
    }

    pub(super) fn is_text(&self) -> bool {
        self.value.is_str()
    }

    pub(super) fn is_flag(&self) -> bool {
        self.value.is_bool()
    }

    /// A list of texts, or one text alone.
    pub(super) fn texts(&self) -> Option<Placed<Vec<String>>> {
        if let Some(text) = self.value.as_str() {
            return Some(Placed::new(vec![text.to_owned()], self.place.clone()));
        }
        let list = self.value.as_array().and_then(|array| {
            array.iter().map(|item| item.get_ref().as_str().map(str::to_owned)).collect()
        });
        match list {
            Some(list) => Some(Placed::new(list, self.place.clone())),
            None => self.wrong("a text in quotes or a list of them"),
        }
    }

    /// A list of texts, or one text alone; each with its own place.
    pub(super) fn placed_texts(&self) -> Option<Vec<Placed<String>>> {
        let texts = self.texts()?;
        let places = self.value.as_array().into_iter().flat_map(|array| array.iter());
        let mut places = places.map(|item| self.context.source.place(item.span().start));
        let placed = |text| Placed::new(text, places.next().unwrap_or_else(|| self.place.clone()));
        Some(texts.value.into_iter().map(placed).collect())
    }

    /// Makes it a problem of the value.
    pub(super) fn problem(&self, place: &Place, text: String) {
        self.context.problem(place, format!("{}: {text}", self.name));
    }

    pub(super) fn table(&self, title: &str) -> Option<Table<'c>> {
        match self.value.as_table() {
            Some(table) => Some(Table::new(self.context, title, self.place.clone(), table)),
            None => self.wrong(&format!("a table; begin a line with {title}")),
        }
    }

    /// The tables of an array of tables.
    pub(super) fn tables(&self, title: &str) -> Option<Vec<Table<'c>>> {
        let array = match self.value.as_array() {
            Some(array) => array,
            None => return self.wrong(&format!("a list of tables; begin each with {title}")),
        };
        let mut tables = Vec::new();
        for item in array.iter() {
            let place = self.context.source.place(item.span().start);
            match item.get_ref().as_table() {
                Some(table) => tables.push(Table::new(self.context, title, place, table)),
                None => return self.wrong(&format!("a list of tables; begin each with {title}")),
            }
        }
        Some(tables)
    }
}

fn describe(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => format!("the text {text:?}"),
        DeValue::Integer(number) => format!("the number {number}"),
        DeValue::Float(number) => format!("the number {number}"),
        DeValue::Boolean(flag) => flag.to_string(),
        DeValue::Datetime(_) => "a date".to_owned(),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    }
}
