//! Which aggregates an atom reads.

use super::{Encoder, Env};
use crate::protocol::{DateExpr, DefineBody, MemberExpr, Num, Pick, Selection, SetExpr, Test};

impl<'p> Encoder<'p> {
    /// A pick that an atom reads and that stands for nothing yet, the innermost first.
    pub(super) fn open_pick(&self, side: usize, test: &'p Test, env: &Env) -> Option<&'p Pick> {
        match test {
            Test::Pick(pick) => self.open_in_pick(side, pick, env),
            Test::Compare(_, left, right) => self.open_in_num(side, left, env).or_else(|| self.open_in_num(side, right, env)),
            Test::Member(MemberExpr::Pick(pick), _) | Test::Has(SetExpr::Pick(pick), _) => self.open_in_pick(side, pick, env),
            Test::Date(date, _, anchor) => self.open_in_date(side, date, env).or_else(|| self.open_in_date(side, anchor, env)),
            Test::Some(selection) => self.open_in_selection(side, selection, env),
            Test::Fact(_) | Test::Member(MemberExpr::Place(_), _) | Test::Has(SetExpr::Place(_), _) => None,
            Test::Define(_) | Test::Not(_) | Test::And(_) | Test::Or(_) | Test::If(_) | Test::SomeOf(..) => None,
        }
    }

    pub(super) fn open_in_pick(&self, side: usize, pick: &'p Pick, env: &Env) -> Option<&'p Pick> {
        if env.slot_of(pick).is_some() {
            return None;
        }
        self.open_in_selection(side, &pick.selection, env).or(Some(pick))
    }

    pub(super) fn open_in_selection(&self, side: usize, selection: &'p Selection, env: &Env) -> Option<&'p Pick> {
        selection.window.as_ref().and_then(|(_, anchor)| self.open_in_date(side, anchor, env))
    }

    pub(super) fn open_in_date(&self, side: usize, date: &'p DateExpr, env: &Env) -> Option<&'p Pick> {
        match date {
            // The greatest of dates need not be the date of one event.
            DateExpr::Pick(pick) if pick.which.is_extreme() => self.open_in_selection(side, &pick.selection, env),
            DateExpr::Pick(pick) => self.open_in_pick(side, pick, env),
            DateExpr::Define(id) => match self.body(side, *id) {
                DefineBody::Date(date) => self.open_in_date(side, date, env),
                DefineBody::Test(_) | DefineBody::Number(..) | DefineBody::Inlined => None,
            },
            DateExpr::Literal(_) | DateExpr::Place(_) | DateExpr::Lab(_) => None,
        }
    }

    pub(super) fn open_in_num(&self, side: usize, num: &'p Num, env: &Env) -> Option<&'p Pick> {
        match num {
            Num::Pick(pick) | Num::Rank(MemberExpr::Pick(pick)) | Num::Size(SetExpr::Pick(pick)) => self.open_in_pick(side, pick, env),
            Num::Define(id) => match self.body(side, *id) {
                DefineBody::Number(num, _) => self.open_in_num(side, num, env),
                DefineBody::Test(_) | DefineBody::Date(_) | DefineBody::Inlined => None,
            },
            Num::Sum(terms) | Num::Product(terms) => terms.iter().find_map(|term| self.open_in_num(side, &term.num, env)),
            Num::Convert(inner, _, _) => self.open_in_num(side, inner, env),
            Num::Elapsed(_, dates) => dates.iter().find_map(|date| self.open_in_date(side, date, env)),
            Num::Count(selection) => self.open_in_selection(side, selection, env),
            Num::Literal(_) | Num::Place(_) | Num::Lab(..) => None,
            Num::Rank(MemberExpr::Place(_)) | Num::Size(SetExpr::Place(_)) => None,
        }
    }
}
