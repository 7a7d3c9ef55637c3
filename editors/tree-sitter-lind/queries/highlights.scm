; What each node is to a theme; the names are those that Helix, Neovim and Zed share.

(comment) @comment
(string) @string
(escape) @string.escape
(number) @number
(date) @number
(unit) @type
(unit_word) @type
(limit) @constant.builtin

; Words from the vocabulary of the registry: a kind, a status, who attests, a code system.
(keyword) @constant
(code_name) @constant
(member) @constant
(trial_id) @namespace

(name) @variable
(field name: (_) @property)
(attribute name: (name) @property)
(value attribute: (name) @property)
(pick attribute: (name) @property)

(anchor name: (name) @variable)
(fact name: (name) @variable)
(values name: (name) @type)
(define name: (name) @function)
(assume name: (name) @function)
(hypothesis name: (name) @function)
(criterion name: (name) @function)
(reading name: (name) @function)
(intervention name: (name) @type)
(arm name: (name) @type)
(give intervention: (name) @type)
(scope (name) @type)

(boolean_type) @type.builtin
(date_type) @type.builtin
["one" "set" "scale" "integer" "quantity" "lab" "events"] @type.builtin
(number_type "number" @type.builtin)

[
  "trial" "anchor" "fact" "values" "define" "assume" "hypothesis" "include" "exclude" "reading" "intervention" "arm"
  "when" "for" "unless" "attested" "by" "if" "then" "else" "in" "has" "any" "all" "except" "of" "where"
  "within" "before" "after" "on" "more" "less" "than" "at" "least" "most" "exactly" "ever" "from" "to"
  "count" "latest" "earliest" "highest" "lowest"
  "note" "code" "allow" "label" "participants" "give" "once" "dose" "doses" "time" "times" "a" "every" "apart"
  "estimated" "actual"
] @keyword

["and" "or" "not"] @keyword.operator
["=" "!=" "<" "<=" ">" ">=" "≤" "≥" "≠" "+" "-" "*" "/" ".."] @operator
["(" ")" "{" "}"] @punctuation.bracket
[":" "," "."] @punctuation.delimiter
