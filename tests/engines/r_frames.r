# Reads NDJSON records, makes a data frame of them as a statistician has it, and prints a row of what the
# checker says of it for each, as JSON. Every other list of events that is known of all goes as one long frame.

options(warn = 2)
source(commandArgs(TRUE)[1])
input <- file("stdin", open = "r")
lines <- readLines(input, encoding = "UTF-8", warn = FALSE)
close(input)
records <- lapply(lines, function(line) unclass(checker$parsed(line)))

# The columns of a data frame for values of JSON, by name.
columns <- function(name, type, values, outer = TRUE) {
  plain <- function(absent, read) vapply(values, function(value) if (is.null(value)) absent else read(value), absent)
  one <- function(column) stats::setNames(list(column), name)
  switch(type$kind,
    boolean = one(plain(NA, isTRUE)),
    member = one(factor(plain(NA_character_, identity))),
    date = {
      days <- plain(NA_character_, identity)
      # Frames that are bound have columns of one class.
      whole <- outer && all(is.na(days) | grepl("^[0-9]{4}-[0-9]{2}-[0-9]{2}$", days)) && !anyNA(as.Date(days[!is.na(days)], optional = TRUE))
      one(if (whole) as.Date(days, optional = TRUE) else days)
    },
    number = {
      texts <- plain(NA_character_, unclass)
      one(if (any(checker$significant(texts) > 15L, na.rm = TRUE)) texts else as.numeric(texts))
    },
    set = one(I(lapply(values, function(value) if (is.null(value)) NA else as.character(unlist(value))))),
    lab = {
      part <- function(part, kind) columns(paste0(name, ".", part), list(kind = kind), lapply(values, function(lab) unclass(lab)[[part]]), outer)
      c(one(!vapply(values, is.null, TRUE)), part("value", "number"), part("upper", "number"), part("lower", "number"), part("date", "date"))
    },
    events = one(I(lapply(values, function(value) if (is.null(value)) NA else events(type, unclass(value)))))
  )
}

events <- function(type, values) {
  types <- c(list(date = list(kind = "date")), if (type$lasting) list(end = list(kind = "date")), type$attributes)
  frame <- data.frame(row.names = seq_along(values))
  for (name in names(types)) {
    each <- columns(name, types[[name]], lapply(values, function(event) unclass(event)[[name]]), outer = FALSE)
    for (column in names(each)) frame[[column]] <- each[[column]]
  }
  frame
}

data <- data.frame(row.names = seq_along(records))
for (name in names(checker$FACTS)) {
  each <- columns(name, checker$FACTS[[name]], lapply(records, `[[`, name))
  for (column in names(each)) data[[column]] <- each[[column]]
}
long <- list()
for (name in names(Filter(function(type) type$kind == "events", checker$FACTS))[c(TRUE, FALSE)]) {
  if (!all(vapply(data[[name]], is.data.frame, TRUE))) next
  filled <- lapply(seq_along(data[[name]]), function(i) cbind(row = rep(i, nrow(data[[name]][[i]])), data[[name]][[i]]))
  # Turned round: the order of subjects means nothing there.
  long[[name]] <- do.call(rbind, rev(filled))
  data[[name]] <- NULL
}

says <- checker$check(data, events = long)
texts <- function(values) checker$array_json(values)
for (i in seq_along(records)) {
  cells <- lapply(says, function(column) {
    value <- column[[i]]
    if (is.list(column)) texts(value) else if (is.na(value)) "null" else if (is.logical(value)) tolower(value) else checker$quote_json(value)
  })
  cat(checker$object_json(cells), "\n", sep = "")
}
