// The lind language for editors that colour by Tree-sitter.
//
// It follows grammar/lind.pest rule by rule, without the rules for what may be
// wrong: Tree-sitter mends broken text by itself, and `lind lsp` says what is
// wrong with it. What is a word here and a name there is told by its place.

const list = (item) => seq(item, repeat(seq(",", item)));

module.exports = grammar({
  name: "lind",
  word: ($) => $._word,
  extras: ($) => [/\s/, $.comment],
  supertypes: ($) => [$.declaration],

  rules: {
    file: ($) => repeat($.declaration),

    declaration: ($) =>
      choice($.trial, $.anchor, $.fact, $.values, $.define, $.assume, $.hypothesis, $.criterion, $.intervention, $.arm),

    // -------------------------------------------------------------- declarations

    trial: ($) => seq("trial", field("name", $.trial_id), repeat(choice($.field, $.allow))),
    field: ($) =>
      choice(
        seq(field("name", $.text_field), $.string),
        seq(field("name", alias("sponsor", $.text_field)), $.string, optional($.keyword)),
        seq(field("name", $.choice_field), $.keyword),
        seq(field("name", alias("enrollment", $.choice_field)), $.number, optional(choice("estimated", "actual"))),
        seq(field("name", alias("ages", $.choice_field)), $.quantity, "..", optional($.quantity)),
      ),
    text_field: (_) => choice("title", "official", "summary", "version", "also", "condition"),
    choice_field: (_) => choice("status", "purpose", "allocation", "model", "masking", "phase", "sex", "healthy"),

    anchor: ($) => seq("anchor", field("name", $.name), ":", optional($._text)),
    fact: ($) => seq("fact", field("name", $.name), ":", $._type, optional($.when), optional($._text)),
    when: ($) => seq("when", $._expression),
    values: ($) => seq("values", field("name", $.name), ":", $.members, optional($._text)),
    define: ($) => seq("define", field("name", $.name), ":", optional($._text), $._expression, repeat($.reading)),
    assume: ($) => seq("assume", field("name", $.name), ":", optional($._text), $._expression),
    hypothesis: ($) => seq("hypothesis", field("name", $.name), ":", optional($._text), $._expression),
    criterion: ($) =>
      seq(choice("include", "exclude"), field("name", $.name), optional($.scope), ":", optional($._text), $._rule, repeat($.reading)),
    scope: ($) => seq("for", list($.name)),
    reading: ($) => seq("reading", field("name", $.name), ":", optional($._text), $._rule),
    _rule: ($) => seq(choice($.attested, $._expression), optional($.exception)),
    exception: ($) => seq("unless", $._expression),
    attested: ($) => seq("attested", "by", $.keyword),

    intervention: ($) => seq("intervention", field("name", $.name), ":", $.keyword, optional($._text), optional($.label)),
    arm: ($) => seq("arm", field("name", $.name), ":", $.keyword, optional($._text), repeat(choice($.label, $.participants, $.give))),
    label: ($) => seq("label", $.string),
    participants: ($) => seq("participants", $.number),
    give: ($) =>
      seq("give", field("intervention", $.name), optional($.dose), optional(field("route", $.keyword)), optional(seq(",", $.schedule))),
    dose: ($) => seq($.quantity, optional(seq("..", $.quantity))),
    schedule: ($) => seq(choice("once", $.doses, $.times, $.every, $.on_days), optional($.from_day), optional($.for_span)),
    doses: ($) => seq($.number, choice("doses", "dose"), $.duration, "apart"),
    times: ($) => seq($.number, choice("times", "time"), "a", $.unit_word),
    every: ($) => seq("every", choice($.duration, $.unit_word)),
    on_days: ($) => seq("on", $.unit_word, list($.number)),
    from_day: ($) => seq("from", $.unit_word, $.number),
    for_span: ($) => seq("for", $.duration),

    _text: ($) => choice(seq(field("text", $.string), repeat($._annotation)), repeat1($._annotation)),
    _annotation: ($) => choice($.note, $.code, $.allow),
    note: ($) => seq("note", $.string),
    code: ($) => seq("code", field("system", $.keyword), $.string),
    allow: ($) => seq("allow", $.code_name, $.string),

    // -------------------------------------------------------------- types

    _type: ($) =>
      choice($.boolean_type, $.date_type, $.attested, $.one_of, $.set_of, $.scale, $.number_type, $.quantity_type, $.lab_type, $.events_type),
    boolean_type: (_) => "boolean",
    date_type: (_) => "date",
    one_of: ($) => seq("one", "of", $._some),
    set_of: ($) => seq("set", "of", $._some),
    scale: ($) => seq("scale", $._some),
    number_type: ($) => seq(choice("integer", "number"), optional($.plausible)),
    quantity_type: ($) => seq("quantity", choice($.unit, $.unit_word), optional($.plausible)),
    lab_type: ($) => seq("lab", $.unit),
    plausible: ($) => seq("in", $.number, "..", $.number),
    events_type: ($) => seq("events", optional(seq("{", list($.attribute), optional(","), "}"))),
    attribute: ($) => seq(field("name", $.name), ":", $._type),
    members: ($) => seq("{", optional(seq(list($.member), optional(","))), "}"),
    _some: ($) => choice($.members, $.name),

    // -------------------------------------------------------------- expressions

    _expression: ($) => choice($.conditional, $._chain),
    conditional: ($) =>
      prec.right(seq("if", $._case, repeat(seq("else", "if", $._case)), optional(seq("else", $._chain)))),
    _case: ($) => seq($._chain, "then", $._chain),

    _chain: ($) => choice($.chain, $._negation),
    chain: ($) => prec.left(1, seq($._chain, choice("and", "or"), $._negation)),
    _negation: ($) => choice($.negation, $._test),
    negation: ($) => seq("not", $._negation),
    _test: ($) => choice($.comparison, $.in_range, $.has, $.window, $._sum),
    comparison: ($) => seq($._sum, choice("!=", "<=", ">=", "≤", "≥", "≠", "<", ">", "="), $._sum),
    in_range: ($) => seq($._sum, "in", choice($.members, seq($._sum, optional(seq("..", $._sum))))),
    has: ($) =>
      seq($._sum, "has", choice(seq("any", "of", $._some), seq("any", "except", $._some), seq("all", "of", $._some), "any", $.name)),

    window: ($) => seq($._sum, $._window),
    _window: ($) =>
      choice(
        "ever",
        seq("within", $.duration, choice("before", "after", "of"), $._operand),
        seq(choice(seq(choice("more", "less"), "than"), seq("at", "least")), $.duration, choice("before", "after"), $._operand),
        seq(choice("before", "after", seq("on", optional(seq("or", choice("before", "after"))))), $._operand),
      ),

    _sum: ($) => choice($.sum, $._product),
    sum: ($) => prec.left(2, seq($._sum, choice("+", "-"), $._product)),
    _product: ($) => choice($.product, $._operand),
    product: ($) => prec.left(3, seq($._product, choice("*", "/"), $._operand)),
    _operand: ($) => choice($.some_of, $.elapsed, $.count, $.pick, $.date, $.quantity, $.events, $.value, $.group),
    group: ($) => seq("(", $._expression, ")"),
    some_of: ($) =>
      seq(choice(seq("at", choice("least", "most")), "exactly"), $.number, "of", "(", list($._expression), ")"),
    elapsed: ($) => seq($.unit_word, "from", $._operand, "to", $._operand),
    count: ($) => seq("count", "(", $._selection, ")"),
    pick: ($) =>
      seq(choice("latest", "earliest", "highest", "lowest"), "(", $._selection, ")", ".", field("attribute", $.name)),
    _selection: ($) => seq(choice($.events, $.value), optional($._window)),
    events: ($) => seq($.name, "where", "(", $._expression, ")"),
    value: ($) => seq($.name, optional(seq(".", field("attribute", $.name)))),

    // -------------------------------------------------------------- tokens

    quantity: ($) => seq($.number, optional(choice($.unit, $.limit, $.unit_word))),
    duration: ($) => seq($.number, $.unit_word),
    limit: (_) => choice("ULN", "LLN"),
    unit_word: (_) =>
      choice(...["year", "month", "week", "day", "hour", "minute", "second"].flatMap((word) => [word, `${word}s`])),
    unit: (_) => /'[^'\r\n]*'/,
    number: (_) => /-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?/,
    date: (_) => /[0-9]{4}-[0-9]{2}-[0-9]{2}/,
    string: ($) => seq('"', repeat(choice($.escape, token.immediate(prec(1, /[^"\\]+/)))), token.immediate('"')),
    escape: (_) => token.immediate(/\\./),
    name: ($) => $._word,
    member: ($) => $._word,
    keyword: ($) => $._word,
    _word: (_) => /[A-Za-z][A-Za-z0-9_]*/,
    trial_id: (_) => /[A-Za-z0-9][A-Za-z0-9_-]*/,
    code_name: (_) => /[A-Za-z][A-Za-z0-9_]*(-[A-Za-z0-9_]+)*/,
    comment: (_) => /#[^\r\n]*/,
  },
});
