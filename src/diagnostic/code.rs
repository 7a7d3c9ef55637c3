//! The one table of diagnostic codes.
//!
//! A code is stable for ever, and the same word in four places: here, in
//! `explain/<code>.md`, in `tests/diagnostics/<phase>/<code>.lind` and on the
//! terminal.

use super::Severity;

macro_rules! codes {
    ($($phase:literal: { $($variant:ident $name:literal $severity:ident,)* })*) => {
        /// What kind of finding a diagnostic is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $($(#[doc = $name] $variant,)*)*
        }

        impl Code {
            /// Every code, in the order of the table.
            pub const ALL: &'static [Self] = &[$($(Self::$variant,)*)*];

            /// The stable kebab-case name.
            pub const fn name(self) -> &'static str {
                match self { $($(Self::$variant => $name,)*)* }
            }

            /// The phase that raises it.
            pub const fn phase(self) -> &'static str {
                match self { $($(Self::$variant => $phase,)*)* }
            }

            /// How bad it is.
            pub const fn severity(self) -> Severity {
                match self { $($(Self::$variant => Severity::$severity,)*)* }
            }

            /// The explanation page, as Markdown.
            pub const fn explanation(self) -> &'static str {
                match self { $($(Self::$variant => include_str!(concat!("explain/", $name, ".md")),)*)* }
            }
        }
    };
}

codes! {
    "source": {
        UnreadableFile "unreadable-file" Error,
        BinaryFile "binary-file" Error,
        NotUtf8 "not-utf8" Error,
        FileTooLarge "file-too-large" Error,
        EmptyFile "empty-file" Error,
    }
    "syntax": {
        MissingName "missing-name" Error,
        MissingColon "missing-colon" Error,
        MissingType "missing-type" Error,
        MissingKind "missing-kind" Error,
        MissingMembers "missing-members" Error,
        MissingUnit "missing-unit" Error,
        MissingThen "missing-then" Error,
        MissingOperand "missing-operand" Error,
        MissingAttribute "missing-attribute" Error,
        UnclosedParenthesis "unclosed-parenthesis" Error,
        UnclosedBrace "unclosed-brace" Error,
        UnclosedString "unclosed-string" Error,
        UnclosedUnit "unclosed-unit" Error,
        ReservedName "reserved-name" Error,
        ForeignOperator "foreign-operator" Error,
        ForeignBetween "foreign-between" Error,
        UnquotedUnit "unquoted-unit" Error,
        GluedUnit "glued-unit" Error,
        BareLimit "bare-limit" Error,
        BareIf "bare-if" Error,
        UnbracketedWhere "unbracketed-where" Error,
        DecimalComma "decimal-comma" Error,
        SmartQuotes "smart-quotes" Error,
        MergeConflict "merge-conflict" Error,
        MixedAndOr "mixed-and-or" Error,
        ChainedComparison "chained-comparison" Error,
        UnknownEscape "unknown-escape" Error,
        UnexpectedText "unexpected-text" Error,
        UnknownDeclaration "unknown-declaration" Error,
        UnknownField "unknown-field" Error,
        IndentedDeclaration "indented-declaration" Error,
        SecondText "second-text" Error,
        StringTooLong "string-too-long" Error,
        TooDeep "too-deep" Error,
        BidiText "bidi-text" Error,
    }
    "names": {
        MissingTrial "missing-trial" Error,
        SecondTrial "second-trial" Error,
        DuplicateField "duplicate-field" Error,
        DuplicateName "duplicate-name" Error,
        CaseOnly "case-only" Error,
        DuplicateMember "duplicate-member" Error,
        UnknownName "unknown-name" Error,
        UnknownArm "unknown-arm" Error,
        UnknownIntervention "unknown-intervention" Error,
        UnknownValues "unknown-values" Error,
        DefineCycle "define-cycle" Error,
        WhenCycle "when-cycle" Error,
        HiddenName "hidden-name" Warning,
        UnusedFact "unused-fact" Warning,
        UnusedDefine "unused-define" Warning,
        UnusedAnchor "unused-anchor" Warning,
        UnusedValues "unused-values" Warning,
    }
    "types": {
        UnknownUnit "unknown-unit" Error,
        CalendarUnit "calendar-unit" Error,
        UnitMismatch "unit-mismatch" Error,
        MonthsAgainstDays "months-against-days" Error,
        MolarMass "molar-mass" Error,
        DegreeArithmetic "degree-arithmetic" Error,
        TypeMismatch "type-mismatch" Error,
        NotATest "not-a-test" Error,
        BooleanComparison "boolean-comparison" Error,
        Unordered "unordered" Error,
        UnknownMember "unknown-member" Error,
        MemberOutOfPlace "member-out-of-place" Error,
        AmbiguousMember "ambiguous-member" Error,
        UnknownAttribute "unknown-attribute" Error,
        NotEvents "not-events" Error,
        NestedEvents "nested-events" Error,
        LimitWithoutLab "limit-without-lab" Error,
        FractionalLiteral "fractional-literal" Error,
        TooManyDigits "too-many-digits" Error,
        NumberOutOfRange "number-out-of-range" Error,
        DivisionByZero "division-by-zero" Error,
        ImpossibleDate "impossible-date" Error,
        MissingElse "missing-else" Error,
        TooManyCases "too-many-cases" Error,
        TooLarge "too-large" Error,
    }
    "rules": {
        EmptyWindow "empty-window" Error,
        DistanceUnit "distance-unit" Error,
        FractionalDistance "fractional-distance" Error,
        DistanceTooLong "distance-too-long" Error,
        EmptyRange "empty-range" Error,
        ImpossibleCount "impossible-count" Error,
        OutsidePlausible "outside-plausible" Warning,
        StrictYears "strict-years" Warning,
        NegatedOr "negated-or" Warning,
        EitherSide "either-side" Warning,
    }
    "design": {
        UnknownKeyword "unknown-keyword" Error,
        ModelAgainstArms "model-against-arms" Error,
        AllocationAgainstArms "allocation-against-arms" Error,
        MaskedPlacebo "masked-placebo" Error,
        ArmSizes "arm-sizes" Warning,
        NothingGiven "nothing-given" Warning,
        GivenAgainstKind "given-against-kind" Error,
        UnusedIntervention "unused-intervention" Warning,
        HeaderAges "header-ages" Warning,
        HeaderSex "header-sex" Warning,
    }
    "text": {
        MissingText "missing-text" Warning,
        DuplicateText "duplicate-text" Warning,
        NumberNotInLogic "number-not-in-logic" Warning,
        NumberNotInText "number-not-in-text" Warning,
        ComparatorAgainstText "comparator-against-text" Warning,
        UnknownCodeSystem "unknown-code-system" Warning,
        CodeCheckDigit "code-check-digit" Warning,
    }
    "allow": {
        UnknownCode "unknown-code" Error,
        ErrorAllowed "error-allowed" Error,
        UnusedAllow "unused-allow" Warning,
    }
    "project": {
        ProjectSyntax "project-syntax" Error,
        UnknownSetting "unknown-setting" Error,
        RepeatedSetting "repeated-setting" Error,
        WrongSetting "wrong-setting" Error,
        NoProtocols "no-protocols" Error,
    }
    "open": {
        OpenQuestion "open-question" Info,
        OpenHypothesis "open-hypothesis" Info,
    }
    "proof": {
        AssumptionsContradict "assumptions-contradict" Error,
        NobodyEligible "nobody-eligible" Error,
        CriteriaContradict "criteria-contradict" Error,
        NeverFails "never-fails" Warning,
        ImpliedCriterion "implied-criterion" Warning,
        DeadBranch "dead-branch" Warning,
        BandGap "band-gap" Warning,
        BandOverlap "band-overlap" Warning,
        IdleFact "idle-fact" Warning,
        EmptyReading "empty-reading" Warning,
        HypothesisEmpties "hypothesis-empties" Info,
        ReadingEffect "reading-effect" Info,
        RedundantUnder "redundant-under" Info,
        NotProven "not-proven" Info,
    }
    "registry": {
        RegistryField "registry-field" Warning,
        RegistryCriterion "registry-criterion" Warning,
        RegistryArm "registry-arm" Warning,
    }
    "record": {
        RecordSyntax "record-syntax" Error,
        RecordTooLarge "record-too-large" Error,
        RecordNotObject "record-not-object" Error,
        RepeatedKey "repeated-key" Error,
        UndeclaredKey "undeclared-key" Error,
        WrongType "wrong-type" Error,
        UndeclaredMember "undeclared-member" Error,
        RepeatedMember "repeated-member" Error,
        NotADate "not-a-date" Error,
        NotFinite "not-finite" Error,
        OutOfRange "out-of-range" Error,
        LimitsOutOfOrder "limits-out-of-order" Error,
        EndBeforeStart "end-before-start" Error,
        DoesNotApply "does-not-apply" Error,
    }
}

impl Code {
    /// Whether it says that something is not there, which only a file that was read whole can tell.
    pub const fn is_about_absence(self) -> bool {
        matches!(
            self,
            Self::UnusedFact
                | Self::UnusedDefine
                | Self::UnusedAnchor
                | Self::UnusedValues
                | Self::UnusedIntervention
                | Self::NothingGiven
                | Self::NumberNotInLogic
                | Self::HeaderAges
                | Self::HeaderSex
                | Self::UnusedAllow
        )
    }

    /// The code with that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.name() == name)
    }
}
