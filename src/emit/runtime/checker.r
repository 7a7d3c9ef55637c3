# ---------------------------------------------------------------- how it works
#
# Everything is a vector over subjects, or over the events of one fact. A test is TRUE, FALSE or NA, which
# is unknown; logic is strong Kleene, as R's own is. Beside it stand the facts that keep it open: for each
# a logical vector. A value may not apply to a subject (`absent`); a test over it is FALSE. What holds for
# all may be a vector of one.
#
# Numbers are exact. Each is enclosed between two doubles, and where these do not decide a comparison, the
# fractions behind them are multiplied out in digits. Of decimals with up to 15 digits the doubles are in
# the decimals' order, so that those decide at once.

# The length of what several vectors make together.
extent <- function(...) {
  each <- lengths(list(...))
  if (any(each == 0L)) 0L else max(each)
}

# For each fact whether it keeps something open that any of these is about.
joined <- function(opens) {
  all <- list()
  for (open in opens) for (fact in names(open)) {
    all[[fact]] <- if (is.null(all[[fact]])) open[[fact]] else all[[fact]] | open[[fact]]
  }
  all
}

masked <- function(open, where) {
  open <- lapply(open, function(keeps) keeps & where)
  open[vapply(open, any, TRUE)]
}

truth <- function(value, open) list(kind = "truth", value = value, open = masked(open, is.na(value)))

# TRUE where it is sure, NA where it is possible.
decide <- function(sure, possible) sure | (possible & NA)

# A test over values: NA where one of them is unknown, FALSE where one does not apply.
settled <- function(value, unknown, absent, open) {
  n <- extent(value, unknown, absent)
  value <- rep_len(value, n)
  value[rep_len(unknown, n)] <- NA
  value[rep_len(absent, n)] <- FALSE
  truth(value, open)
}

# ---------------------------------------------------------------- tests of tests

is_true <- function(value) settled(value$value, value$unknown, value$absent, value$open)

negate <- function(test) list(kind = "truth", value = !test$value, open = test$open)

every <- function(...) {
  tests <- list(...)
  truth(Reduce(`&`, lapply(tests, `[[`, "value"), TRUE), joined(lapply(tests, `[[`, "open")))
}

either <- function(...) {
  tests <- list(...)
  truth(Reduce(`|`, lapply(tests, `[[`, "value"), FALSE), joined(lapply(tests, `[[`, "open")))
}

# If ... then ... else ...: where the condition is unknown, what both branches share.
choose <- function(condition, then, otherwise) {
  held <- condition$value
  value <- (held & then$value) | (!held & otherwise$value) | (then$value & otherwise$value)
  open <- list(condition$open, masked(then$open, !(held %in% FALSE)), masked(otherwise$open, !(held %in% TRUE)))
  truth(value, joined(open))
}

some_of <- function(how, wanted, ...) {
  tests <- list(...)
  sure <- Reduce(`+`, lapply(tests, function(test) test$value %in% TRUE), 0)
  possible <- Reduce(`+`, lapply(tests, function(test) !(test$value %in% FALSE)), 0)
  value <- switch(how,
    "at-least" = decide(sure >= wanted, possible >= wanted),
    "at-most" = decide(possible <= wanted, sure <= wanted),
    decide(sure == wanted & possible == wanted, sure <= wanted & wanted <= possible)
  )
  truth(value, joined(lapply(tests, `[[`, "open")))
}

# ---------------------------------------------------------------- whole numbers of any length
#
# A sign and digits to the base of 10^7, the least first: a product of two and what is carried stay exact.

BASE <- 1e7

trimmed <- function(digits) {
  last <- which(digits != 0)
  if (length(last)) digits[seq_len(last[length(last)])] else numeric(0)
}

big <- function(sign, digits) {
  digits <- trimmed(digits)
  list(sign = if (length(digits)) sign else 0, digits = digits)
}

# Carries what exceeds the base; a negative digit borrows.
carried <- function(digits) {
  i <- 1L
  while (i <= length(digits)) {
    over <- floor(digits[i] / BASE)
    if (over != 0) {
      digits[i] <- digits[i] - over * BASE
      if (i == length(digits)) digits[i + 1L] <- 0
      digits[i + 1L] <- digits[i + 1L] + over
    }
    i <- i + 1L
  }
  digits
}

big_of <- function(text) {
  sign <- if (startsWith(text, "-")) -1 else 1
  text <- sub("^[-+]?0*", "", text)
  if (!nchar(text)) return(big(0, numeric(0)))
  ends <- seq(nchar(text), 1L, by = -7L)
  big(sign, as.numeric(substring(text, pmax(ends - 6L, 1L), ends)))
}

compare_digits <- function(a, b) {
  if (length(a) != length(b)) return(sign(length(a) - length(b)))
  differ <- which(a != b)
  if (length(differ)) sign(a[differ[length(differ)]] - b[differ[length(differ)]]) else 0
}

add_digits <- function(a, b, by) {
  n <- max(length(a), length(b))
  carried(c(a, rep(0, n - length(a))) + by * c(b, rep(0, n - length(b))))
}

big_add <- function(a, b) {
  if (a$sign == 0) return(b)
  if (b$sign == 0) return(a)
  if (a$sign == b$sign) return(big(a$sign, add_digits(a$digits, b$digits, 1)))
  if (compare_digits(a$digits, b$digits) >= 0) big(a$sign, add_digits(a$digits, b$digits, -1))
  else big(b$sign, add_digits(b$digits, a$digits, -1))
}

big_times <- function(a, b) {
  if (a$sign == 0 || b$sign == 0) return(big(0, numeric(0)))
  total <- rep(0, length(a$digits) + length(b$digits))
  for (i in seq_along(a$digits)) {
    at <- i - 1L + seq_along(b$digits)
    total[at] <- total[at] + a$digits[i] * b$digits
    total <- carried(total)
  }
  big(a$sign * b$sign, total)
}

big_compare <- function(a, b) {
  if (a$sign != b$sign) sign(a$sign - b$sign) else a$sign * compare_digits(a$digits, b$digits)
}

# ---------------------------------------------------------------- fractions

ONE <- big(1, 1)

# Of a decimal, or of two whole numbers with a stroke between them.
fraction <- function(text) {
  if (grepl("/", text, fixed = TRUE)) {
    parts <- strsplit(text, "/", fixed = TRUE)[[1]]
    return(list(above = big_of(parts[1]), below = big_of(parts[2])))
  }
  parts <- strsplit(tolower(text), "e", fixed = TRUE)[[1]]
  power <- if (length(parts) > 1L) as.integer(parts[2]) else 0L
  point <- regexpr(".", parts[1], fixed = TRUE)
  if (point > 0L) power <- power - (nchar(parts[1]) - point)
  digits <- sub(".", "", parts[1], fixed = TRUE)
  zeros <- strrep("0", abs(power))
  if (power >= 0L) list(above = big_of(paste0(digits, zeros)), below = ONE)
  else list(above = big_of(digits), below = big_of(paste0("1", zeros)))
}

fraction_add <- function(a, b) {
  above <- big_add(big_times(a$above, b$below), big_times(b$above, a$below))
  list(above = above, below = big_times(a$below, b$below))
}

fraction_times <- function(a, b) list(above = big_times(a$above, b$above), below = big_times(a$below, b$below))

fraction_negated <- function(a) list(above = big(-a$above$sign, a$above$digits), below = a$below)

fraction_inverted <- function(a) list(above = big(a$above$sign, a$below$digits), below = big(1, a$above$digits))

fraction_compare <- function(a, b) big_compare(big_times(a$above, b$below), big_times(b$above, a$below))

# ---------------------------------------------------------------- exact numbers
#
# An end of a number: doubles `lo` and `hi` that enclose it, `key`, whose order is that of the numbers where
# it is known, and `exact`, a function that gives the fractions at some places.

end_of <- function(lo, hi, key, exact) {
  one <- length(lo) == 1L
  list(lo = lo, hi = hi, key = key, exact = function(i) exact(if (one) rep(1L, length(i)) else i))
}

lower <- function(x) x - abs(x) * 2^-51 - 1e-300
upper <- function(x) x + abs(x) * 2^-51 + 1e-300

# Decimals as texts. What R reads for one may miss the nearest double, but not by much. Up to 15 digits and the
# power of ten, at most the 22nd, are doubles themselves: so that then it is the same for the same number, and
# keeps the order.
end_of_texts <- function(texts) {
  near <- as.numeric(texts)
  simple <- significant(texts) <= 15L & (near == 0 | abs(near) >= 1e-7)
  end_of(lower(near), upper(near), ifelse(simple, near, NA), function(i) lapply(texts[i], fraction))
}

end_of_wholes <- function(numbers) {
  end_of(numbers, numbers, numbers, function(i) lapply(sprintf("%.0f", numbers[i]), fraction))
}

# How many digits count in a decimal.
significant <- function(texts) nchar(gsub("^[-+]?[0.]*|[eE].*$|[.]", "", texts))

is_whole <- function(key) !is.na(key) & abs(key) < 2^53 & key == floor(key)

# The key of a result, which is known where everything is whole.
whole_key <- function(a, b, key) ifelse(is_whole(a$key) & is_whole(b$key) & abs(key) < 2^53, key, NA)

# Below is -1, above is 1; NA where it is not asked.
compared <- function(a, b, skip) {
  n <- extent(a$lo, b$lo, skip)
  order <- rep_len(sign(a$key - b$key), n)
  open <- is.na(order)
  order[open] <- rep_len(ifelse(a$hi < b$lo, -1, ifelse(a$lo > b$hi, 1, NA)), n)[open]
  rest <- which(is.na(order) & !rep_len(skip, n))
  if (length(rest)) order[rest] <- mapply(fraction_compare, a$exact(rest), b$exact(rest))
  order
}

end_negated <- function(a) end_of(-a$hi, -a$lo, -a$key, function(i) lapply(a$exact(i), fraction_negated))

end_plus <- function(a, b) {
  exact <- function(i) Map(fraction_add, a$exact(i), b$exact(i))
  end_of(lower(a$lo + b$lo), upper(a$hi + b$hi), whole_key(a, b, a$key + b$key), exact)
}

end_times <- function(a, b) {
  corners <- list(a$lo * b$lo, a$lo * b$hi, a$hi * b$lo, a$hi * b$hi)
  lo <- lower(do.call(pmin, corners))
  hi <- upper(do.call(pmax, corners))
  lo[is.nan(lo)] <- -Inf
  hi[is.nan(hi)] <- Inf
  end_of(lo, hi, whole_key(a, b, a$key * b$key), function(i) Map(fraction_times, a$exact(i), b$exact(i)))
}

end_inverted <- function(a) {
  around <- a$lo <= 0 & a$hi >= 0
  exact <- function(i) lapply(a$exact(i), fraction_inverted)
  end_of(ifelse(around, -Inf, lower(1 / a$hi)), ifelse(around, Inf, upper(1 / a$lo)), rep_len(NA_real_, length(a$lo)), exact)
}

# One of two ends at each place.
end_chosen <- function(first, a, b) {
  exact <- function(i) {
    out <- vector("list", length(i))
    own <- rep_len(first, max(i, length(first)))[i]
    out[own] <- a$exact(i[own])
    out[!own] <- b$exact(i[!own])
    out
  }
  end_of(ifelse(first, a$lo, b$lo), ifelse(first, a$hi, b$hi), ifelse(first, a$key, b$key), exact)
}

end_at <- function(a, rows) {
  if (length(a$lo) == 1L) return(a)
  end_of(a$lo[rows], a$hi[rows], a$key[rows], function(i) a$exact(rows[i]))
}

# ---------------------------------------------------------------- numbers

# A number that lies between two ends, which are the same where `same`.
number <- function(low, high, same, unknown = FALSE, absent = FALSE, open = list()) {
  list(kind = "number", low = low, high = high, same = same, unknown = unknown, absent = absent, open = open)
}

literal <- function(text) {
  parts <- as.numeric(strsplit(text, "/", fixed = TRUE)[[1]])
  if (length(parts) == 1L) {
    end <- end_of_texts(text)
  } else {
    near <- parts[1] / parts[2]
    end <- end_of(lower(lower(near)), upper(upper(near)), NA_real_, function(i) rep(list(fraction(text)), length(i)))
  }
  number(end, end, TRUE)
}

# Whole numbers that are counted; what keeps them open does so where the ends differ.
span <- function(low, high, unknown, absent, open) {
  differ <- low != high | unknown
  number(end_of_wholes(low), end_of_wholes(high), identical(low, high), unknown, absent, masked(open, differ %in% TRUE))
}

compare <- function(left, sign, right) {
  absent <- left$absent | right$absent
  unknown <- left$unknown | right$unknown
  skip <- absent | unknown
  first <- compared(left$low, right$low, skip)
  if (left$same && right$same) {
    value <- switch(sign, "<" = first < 0, "<=" = first <= 0, ">" = first > 0, ">=" = first >= 0, first == 0)
  } else {
    # The nearest ends, and the furthest.
    high_low <- compared(left$high, right$low, skip)
    low_high <- compared(left$low, right$high, skip)
    value <- switch(sign,
      "<" = decide(high_low < 0, low_high < 0),
      "<=" = decide(high_low <= 0, low_high <= 0),
      ">" = decide(low_high > 0, high_low > 0),
      ">=" = decide(low_high >= 0, high_low >= 0),
      decide(low_high == 0 & high_low == 0 & first == 0, low_high <= 0 & high_low >= 0)
    )
  }
  settled(value, unknown, absent, joined(list(left$open, right$open)))
}

# What is calculated from numbers: of which ends, `join` says; of the high one only where it is another.
folded <- function(values, join) {
  absent <- Reduce(`|`, lapply(values, `[[`, "absent"))
  unknown <- Reduce(`|`, lapply(values, `[[`, "unknown"))
  same <- all(vapply(values, `[[`, TRUE, "same"))
  ends <- join(absent | unknown, same)
  unknown <- unknown | ends$unknown
  # What comes out exact keeps nothing open, whatever it was calculated from.
  differ <- if (same) unknown else unknown | compared(ends$low, ends$high, absent | unknown) %in% -1
  number(ends$low, if (same) ends$low else ends$high, same, unknown, absent, masked(joined(lapply(values, `[[`, "open")), differ))
}

# A sum of (sign, number).
total <- function(...) {
  terms <- list(...)
  folded(lapply(terms, `[[`, 2L), function(skip, same) {
    side <- function(low) {
      ends <- lapply(terms, function(term) {
        if (term[[1]] > 0) (if (low) term[[2]]$low else term[[2]]$high)
        else end_negated(if (low) term[[2]]$high else term[[2]]$low)
      })
      Reduce(end_plus, ends)
    }
    list(low = side(TRUE), high = if (!same) side(FALSE), unknown = FALSE)
  })
}

# A product of (power, number), the power 1 or -1; by zero nothing is divided.
product <- function(...) {
  terms <- list(...)
  folded(lapply(terms, `[[`, 2L), function(skip, same) {
    low <- terms[[1]][[2]]$low
    high <- terms[[1]][[2]]$high
    exact <- terms[[1]][[2]]$same
    by_zero <- FALSE
    for (term in terms[-1]) {
      a <- term[[2]]$low
      b <- term[[2]]$high
      if (term[[1]] < 0) {
        zero <- end_of_wholes(0)
        by_zero <- by_zero | (!skip & compared(a, zero, skip) <= 0 & compared(b, zero, skip) >= 0)
        a <- end_inverted(a)
        b <- end_inverted(b)
      }
      if (exact && term[[2]]$same) {
        low <- high <- end_times(low, a)
      } else {
        exact <- FALSE
        corners <- list(end_times(low, a), end_times(low, b), end_times(high, a), end_times(high, b))
        ahead <- function(want) function(a, b) {
          order <- compared(a, b, skip | by_zero)
          end_chosen(is.na(order) | order * want >= 0, a, b)
        }
        low <- Reduce(ahead(-1), corners)
        high <- Reduce(ahead(1), corners)
      }
    }
    list(low = low, high = high, unknown = by_zero)
  })
}

convert <- function(value, factor, shift) {
  factor <- literal(factor)$low
  shift <- literal(shift)$low
  scaled <- function(end) end_plus(end_times(end, factor), shift)
  folded(list(value), function(skip, same) list(low = scaled(value$low), high = if (!same) scaled(value$high), unknown = FALSE))
}

# ---------------------------------------------------------------- dates
#
# A date lies between two days since 1970-01-01, of the proleptic Gregorian calendar.

BEFORE_ALL <- -1e9
AFTER_ALL <- 1e9

dates <- function(first, last, unknown = FALSE, absent = FALSE, open = list()) {
  differ <- unknown | (first != last) %in% TRUE
  list(kind = "date", first = first, last = last, unknown = unknown, absent = absent, open = masked(open, differ))
}

one_day <- function(day) dates(day, day)

day_of <- function(year, month, day) {
  year <- year - (month <= 2)
  era <- year %/% 400
  of_era <- year %% 400
  of_year <- (153 * ((month + 9) %% 12) + 2) %/% 5 + day - 1
  era * 146097 + of_era * 365 + of_era %/% 4 - of_era %/% 100 + of_year - 719468
}

civil <- function(day) {
  era <- (day + 719468) %/% 146097
  of_era <- (day + 719468) %% 146097
  year <- (of_era - of_era %/% 1460 + of_era %/% 36524 - of_era %/% 146096) %/% 365
  of_year <- of_era - (365 * year + year %/% 4 - year %/% 100)
  month <- (5 * of_year + 2) %/% 153
  of_month <- of_year - (153 * month + 2) %/% 5 + 1
  month <- month + ifelse(month < 10, 3, -9)
  list(year = year + era * 400 + (month <= 2), month = month, day = of_month)
}

month_length <- function(year, month) {
  leap <- year %% 4 == 0 & (year %% 100 != 0 | year %% 400 == 0)
  ifelse(month == 2, 28 + leap, ifelse(month %in% c(4, 6, 9, 11), 30, 31))
}

# The day so far after another, clamped to the end of its month.
added <- function(day, count, unit) {
  if (unit == "days" || unit == "weeks") {
    after <- day + count * if (unit == "weeks") 7 else 1
  } else {
    on <- civil(day)
    months <- on$year * 12 + on$month - 1 + count * if (unit == "years") 12 else 1
    year <- months %/% 12
    month <- months %% 12 + 1
    after <- day_of(year, month, pmin(on$day, month_length(year, month)))
  }
  # One day may be asked with many counts.
  ifelse(rep_len(day > BEFORE_ALL & day < AFTER_ALL, length(after)), after, day)
}

completed <- function(unit, start, end) {
  if (unit == "days") return(end - start)
  if (unit == "weeks") return((end - start) %/% 7)
  from <- civil(start)
  to <- civil(end)
  count <- if (unit == "years") to$year - from$year else (to$year - from$year) * 12 + to$month - from$month
  count - (added(start, count, unit) > end)
}

# Completed units between two dates.
elapsed <- function(unit, start, end) {
  beyond <- start$first == AFTER_ALL | start$last == AFTER_ALL | end$first == AFTER_ALL | end$last == AFTER_ALL
  unknown <- start$unknown | end$unknown | beyond %in% TRUE
  low <- completed(unit, start$last, end$first)
  high <- completed(unit, start$first, end$last)
  n <- extent(unknown, low, high)
  span(rep_len(low, n), rep_len(high, n), rep_len(unknown, n), start$absent | end$absent, joined(list(start$open, end$open)))
}

# Whether a day from start to end stands so to the anchor.
stands <- function(relation, start, end, anchor) {
  after <- function(day) added(day, relation[[2]], relation[[3]])
  switch(relation[[1]],
    "before" = start < anchor,
    "on-or-before" = start <= anchor,
    "on" = start <= anchor & anchor <= end,
    "on-or-after" = anchor <= end,
    "after" = anchor < end,
    "within-before" = start <= anchor & anchor <= after(end),
    "within-after" = anchor <= end & start <= after(anchor),
    "within-of" = anchor <= after(end) & start <= after(anchor),
    "less-than-before" = start <= anchor & anchor < after(end),
    "less-than-after" = anchor <= end & start < after(anchor),
    "at-least-before" = after(start) <= anchor,
    "at-least-after" = after(anchor) <= end,
    "more-than-before" = after(start) < anchor,
    after(anchor) < end
  )
}

# The truth of it for partial dates, each of which may be any of its days.
lying <- function(relation, start, end, anchor) {
  latest_start <- pmin(start$last, end$last)
  earliest_end <- pmax(end$first, start$first)
  sure <- stands(relation, latest_start, earliest_end, anchor$first) & stands(relation, latest_start, earliest_end, anchor$last)
  nearest <- if (relation[[1]] %in% c("before", "on-or-before", "at-least-before", "more-than-before")) anchor$last
    else if (relation[[1]] %in% c("on-or-after", "after", "at-least-after", "more-than-after")) anchor$first
    else ifelse(anchor$first <= end$last, pmin(pmax(anchor$first, start$first), anchor$last), anchor$first)
  decide(sure, stands(relation, start$first, end$last, nearest))
}

# How a date lies to an anchor; the relation is (name, count, unit).
lies <- function(date, relation, anchor) {
  value <- lying(relation, date, date, anchor)
  settled(value, date$unknown | anchor$unknown, date$absent | anchor$absent, joined(list(date$open, anchor$open)))
}

# ---------------------------------------------------------------- members and sets

is_in <- function(value, ...) settled(value$value %in% c(...), value$unknown, value$absent, value$open)

rank <- function(value, ...) {
  place <- match(value$value, c(...)) - 1
  span(place, place, value$unknown, value$absent, value$open)
}

# A set is a matrix with a column for each member; one that does not apply is empty.
held <- function(set) {
  set$value[rep_len(set$absent, nrow(set$value)), ] <- FALSE
  set$unknown <- set$unknown & !set$absent
  set
}

asked <- function(set, question) {
  set <- held(set)
  settled(question(set$value), set$unknown, FALSE, set$open)
}

members_in <- function(value, names) rowSums(value[, names, drop = FALSE])

has_any <- function(set) asked(set, function(value) rowSums(value) > 0)
has_any_of <- function(set, ...) asked(set, function(value) members_in(value, c(...)) > 0)
has_any_except <- function(set, ...) asked(set, function(value) members_in(value, setdiff(colnames(value), c(...))) > 0)
has_all_of <- function(set, ...) asked(set, function(value) members_in(value, c(...)) == length(c(...)))

size <- function(set) {
  set <- held(set)
  count <- rowSums(set$value)
  span(count, count, set$unknown, FALSE, set$open)
}

# ---------------------------------------------------------------- values at other places

# The values at some places: those of subjects for each event, or those of events for each subject.
at <- function(value, rows) {
  of <- function(x) if (length(x) == 1L) rep_len(x, length(rows)) else x[rows]
  value$open <- lapply(value$open, of)
  for (part in intersect(c("unknown", "absent", "first", "last", "given"), names(value))) value[[part]] <- of(value[[part]])
  if (value$kind == "number") {
    value$low <- end_at(value$low, rows)
    value$high <- if (value$same) value$low else end_at(value$high, rows)
  } else if (value$kind == "set") {
    value$value <- value$value[rows, , drop = FALSE]
  } else if (value$kind == "lab") {
    value$parts <- lapply(value$parts, at, rows)
  } else if (value$kind == "events") {
    own <- split(seq_along(value$owner), factor(value$owner, levels = seq_len(value$n)))[rows]
    value$owner <- rep(seq_along(rows), lengths(own))
    chosen <- unlist(own, use.names = FALSE)
    value$columns <- lapply(value$columns, at, if (is.null(chosen)) integer(0) else chosen)
    value$n <- length(rows)
  } else if (!is.null(value$value)) {
    value$value <- of(value$value)
  }
  value
}

# The subjects of some events, each fact looked up where it is asked for.
subjects_at <- function(s, rows) {
  inner <- new.env()
  for (fact in ls(s, all.names = TRUE)) local({
    name <- fact
    delayedAssign(name, at(s[[name]], rows), assign.env = inner)
  })
  inner
}

lab_part <- function(lab, part) lab$parts[[part]]

# ---------------------------------------------------------------- events

in_window <- function(e, lasting, relation, anchor, fact) {
  ends <- function(date, first, last) list(first = ifelse(date$unknown, first, date$first), last = ifelse(date$unknown, last, date$last))
  start <- end <- ends(e[["date"]], BEFORE_ALL, AFTER_ALL)
  loose <- e[["date"]]$unknown | start$first != start$last
  if (lasting) {
    end <- ends(e[["end"]], start$first, AFTER_ALL)
    loose <- loose | e[["end"]]$unknown | end$first != end$last
  }
  value <- lying(relation, start, end, anchor)
  own <- list()
  own[[fact]] <- loose
  settled(value, anchor$unknown, FALSE, joined(list(anchor$open, own)))
}

# Which events are selected: surely (TRUE), possibly (NA) or not; `s` are those that have them.
select <- function(s, events, condition = NULL, relation = NULL, anchor = NULL) {
  n <- events$n
  owner <- events$owner
  inner <- subjects_at(s, owner)
  test <- list(value = TRUE, open = list())
  if (!is.null(condition)) test <- condition(inner, events$columns)
  none <- rep_len(events$absent, n)
  open <- events$open
  if (!is.null(relation)) {
    # A window over what does not apply is false of every event.
    none <- none | rep_len(anchor$absent, n)
    open <- joined(list(open, anchor$open))
    test <- every(test, in_window(events$columns, events$lasting, relation, at(anchor, owner), events$fact))
  }
  value <- rep_len(test$value, length(owner))
  value[none[owner]] <- FALSE
  unknown <- rep_len(events$unknown, n) & !none
  list(s = inner, events = events, owner = owner, n = n, test = truth(value, test$open), unknown = unknown, open = masked(open, unknown))
}

# How many events are so, for each subject.
tally <- function(selected, which) tabulate(selected$owner[which], selected$n)

# What keeps events open, for the subjects that have them.
open_of <- function(selected, open) {
  lapply(open, function(keeps) tally(selected, rep_len(keeps, length(selected$owner))) > 0)
}

happened <- function(selected) {
  value <- selected$test$value
  found <- decide(tally(selected, value %in% TRUE) > 0, tally(selected, is.na(value)) > 0)
  settled(found, selected$unknown, FALSE, joined(list(selected$open, open_of(selected, selected$test$open))))
}

count <- function(selected) {
  value <- selected$test$value
  sure <- tally(selected, value %in% TRUE)
  open <- joined(list(selected$open, open_of(selected, selected$test$open)))
  span(sure, sure + tally(selected, is.na(value)), selected$unknown, FALSE, open)
}

# The attribute of the latest, earliest, highest or lowest event, if every choice gives the same.
pick <- function(which, selected, attribute, members = NULL, bound = NULL) {
  value <- attribute(selected$s, selected$events$columns)
  m <- length(selected$owner)
  value$unknown <- rep_len(value$unknown, m)
  possible <- !(selected$test$value %in% FALSE)
  loose <- value$unknown
  if (value$kind == "date") loose <- loose | (value$first != value$last) %in% TRUE
  date <- selected$events$columns[["date"]]
  by_date <- which %in% c("latest", "earliest")
  if (by_date) loose <- loose | date$unknown | (date$first != date$last) %in% TRUE
  own <- list()
  own[[selected$events$fact]] <- loose & possible
  open <- joined(list(selected$open, open_of(selected, joined(list(masked(selected$test$open, possible), own)))))
  picked <- if (by_date) chosen(which == "latest", selected, value, date) else extreme(which == "highest", selected, value, members, bound)
  picked$unknown <- picked$unknown | selected$unknown
  picked$absent <- rep_len(FALSE, selected$n)
  if (picked$kind == "date") return(dates(picked$first, picked$last, picked$unknown, picked$absent, open))
  picked$open <- masked(open, picked$unknown)
  picked
}

# The value on which all events agree that may be the last, or the first.
chosen <- function(latest, selected, value, date) {
  first <- ifelse(date$unknown, BEFORE_ALL, date$first)
  last <- ifelse(date$unknown, AFTER_ALL, date$last)
  if (!latest) {
    turned <- -last
    last <- -first
    first <- turned
  }
  sure <- selected$test$value %in% TRUE
  threshold <- rep(Inf, selected$n)
  nearest <- tapply(first[sure], selected$owner[sure], max)
  threshold[as.integer(names(nearest))] <- nearest
  candidates <- which(!(selected$test$value %in% FALSE) & last >= threshold[selected$owner])
  leader <- candidates[match(seq_len(selected$n), selected$owner[candidates])]
  with_leader <- leader[selected$owner[candidates]]
  others <- candidates != with_leader
  differ <- !same(at(value, candidates), at(value, with_leader))
  bad <- candidates[value$unknown[candidates] | (others & differ)]
  result <- at(value, leader)
  result$unknown <- is.na(leader) | seq_len(selected$n) %in% selected$owner[bad]
  result
}

# Whether two known values are the same; unknown ones are not. Two partial dates agree on nothing, though
# they be written alike.
same <- function(a, b) {
  alike <- switch(a$kind,
    number = compared(a$low, b$low, a$unknown | b$unknown) == 0,
    date = a$first == a$last & b$first == b$last & a$first == b$first,
    set = rowSums(a$value != b$value) == 0,
    a$value == b$value
  )
  !(a$unknown | b$unknown) & alike %in% TRUE
}

# The extreme over the events surely selected, if nothing else could exceed it.
extreme <- function(highest, selected, value, members, bound) {
  m <- length(selected$owner)
  ends <- switch(value$kind,
    number = list(value$low, value$high),
    date = list(end_of_wholes(value$first), end_of_wholes(value$last)),
    lapply(1:2, function(i) end_of_wholes(as.numeric(match(value$value, members))))
  )
  if (!highest) ends <- list(end_negated(ends[[2]]), end_negated(ends[[1]]))
  known <- !value$unknown
  sure <- selected$test$value %in% TRUE & known
  low <- leading(ends[[1]], sure, selected)
  high <- leading(ends[[2]], sure, selected)
  unknown <- is.na(low)
  best <- at(value, low)
  # An unknown value exceeds nothing where there is nothing beyond the best.
  closed <- rep_len(FALSE, selected$n)
  if (!is.null(bound)) {
    bound <- if (value$kind == "number") literal(bound) else list(kind = value$kind, value = bound, unknown = FALSE)
    best$unknown <- unknown
    closed <- same(best, bound)
  }
  unknown <- unknown | (tally(selected, !known & !(selected$test$value %in% FALSE)) > 0 & !closed)
  doubtful <- which(is.na(selected$test$value) & known & !is.na(low[selected$owner]))
  exceeds <- compared(end_at(ends[[2]], doubtful), end_at(ends[[1]], low[selected$owner[doubtful]]), rep_len(FALSE, length(doubtful))) > 0
  best$unknown <- unknown | seq_len(selected$n) %in% selected$owner[doubtful[exceeds]]
  if (value$kind == "date") {
    best$first <- value$first[if (highest) low else high]
    best$last <- value$last[if (highest) high else low]
  }
  best
}

# The event with the greatest end among some, for each subject; NA where there is none.
leading <- function(end, among, selected) {
  rows <- which(among)
  turn <- ave(rows, selected$owner[rows], FUN = seq_along)
  best <- rep(NA_integer_, selected$n)
  for (i in seq_len(max(0L, turn))) {
    next_one <- rows[turn == i]
    owner <- selected$owner[next_one]
    if (i > 1L) {
      ahead <- compared(end_at(end, next_one), end_at(end, best[owner]), rep_len(FALSE, length(owner))) > 0
      next_one <- next_one[ahead]
      owner <- owner[ahead]
    }
    best[owner] <- next_one
  }
  best
}

# ---------------------------------------------------------------- records

# What is wrong with records: the subject, the path and a code.
problems <- new.env()

wrong <- function(rows, paths, code) {
  if (length(rows)) problems$found <- c(problems$found, list(data.frame(row = rows, path = paths, code = code)))
}

MESSAGES <- c(
  "record-syntax" = "the text is no JSON",
  "record-not-object" = "a record is an object with one key for each fact",
  "undeclared-key" = "there is no such key here",
  "wrong-type" = "the value is of another type",
  "not-finite" = "the number is not finite",
  "out-of-range" = "the number lies outside the plausible range, or the one of all numbers",
  "undeclared-member" = "the text is no member",
  "repeated-member" = "the member stands twice in the set",
  "not-a-date" = "the text is no day, month or year of the calendar",
  "limits-out-of-order" = "the lower limit is above the upper limit",
  "end-before-start" = "the event ends before it starts",
  "does-not-apply" = "the fact does not apply to this subject, so it carries null, false or []"
)

# A value of a type from a column of them, at paths of some subjects; what is wrong with it is noted.
value_of <- function(type, column, paths, rows, fact) {
  bad <- function(which, code) {
    wrong(rows[which], paths[which], code)
    which
  }
  value <- switch(type$kind,
    boolean = list(kind = "boolean", value = column),
    member = {
      column[bad(which(!is.na(column) & !(column %in% type$members)), "undeclared-member")] <- NA
      list(kind = "member", value = column)
    },
    number = return(number_of(type, column, bad, fact)),
    date = return(date_of(column, bad, fact)),
    set = return(set_of(type, column, paths, rows, fact)),
    lab = return(lab_of(column, paths, rows, fact)),
    events = return(events_of(type, column, paths, rows, fact))
  )
  opened(value, is.na(column), fact)
}

opened <- function(value, unknown, fact) {
  value$unknown <- unknown
  value$absent <- FALSE
  value$open <- list()
  value$open[[fact]] <- unknown
  value
}

number_of <- function(type, column, bad, fact) {
  texts <- if (is.character(column)) read_numbers(column)
  doubles <- as.numeric(if (is.null(texts)) column else texts)
  bad(which(is.nan(doubles) | is.infinite(doubles)), "not-finite")
  doubles[!is.finite(doubles)] <- NA
  made <- function() if (is.null(texts)) end_of_doubles(doubles) else end_of_texts(ifelse(is.na(doubles), NA, texts))
  end <- made()
  beyond <- function(limit, side) compared(end, literal(limit)$low, is.na(doubles)) %in% side
  far <- beyond("1000000000000000000000", c(0, 1)) | beyond("-1000000000000000000000", c(-1, 0))
  near <- beyond("0.000000000000000000001", -1) & beyond("-0.000000000000000000001", 1) & !(doubles %in% 0)
  out <- far | near
  fractional <- !out & type$whole & (doubles != floor(doubles)) %in% TRUE
  if (!is.null(type$range)) out <- out | (!fractional & (beyond(type$range[1], -1) | beyond(type$range[2], 1)))
  doubles[c(bad(which(out), "out-of-range"), bad(which(fractional), "wrong-type"))] <- NA
  end <- made()
  value <- opened(list(), is.na(doubles), fact)
  number(end, end, TRUE, value$unknown, FALSE, value$open)
}

# Doubles, each of which stands for the shortest decimal that reads back as it; what that is, is looked at where it matters.
end_of_doubles <- function(doubles) {
  near <- as.numeric(ifelse(is.na(doubles), NA, sprintf("%.15g", doubles)))
  simple <- near == doubles & (near == 0 | abs(near) >= 1e-7)
  end_of(lower(doubles), upper(doubles), ifelse(simple, near, NA), function(i) lapply(shortest(doubles[i]), fraction))
}

# The shortest decimal that reads back as each double.
shortest <- function(doubles) {
  texts <- sprintf("%.15g", doubles)
  for (i in which(as.numeric(texts) != doubles)) {
    candidates <- sprintf(c("%.15g", "%.16g", "%.17g"), doubles[i])
    texts[i] <- candidates[vapply(candidates, reads_as, TRUE, doubles[i])][1]
  }
  texts
}

# Numbers as they are written: those of more digits than a double holds become the shortest of the nearest one.
read_numbers <- function(texts) {
  texts <- shortened(texts, 800L)
  near <- as.numeric(shortened(texts, 30L))
  # What is so small or large is out of range, whatever its digits.
  far <- which(abs(near) <= 1e-100 | abs(near) >= 1e100)
  texts[far] <- ifelse(is_endless(texts[far]), "Inf", ifelse(near[far] == 0, "0", ifelse(abs(near[far]) < 1, "1e-100", "1e100")))
  for (i in setdiff(which(significant(texts) > 15L), far)) {
    unit <- 2^(exponent(near[i]) - 53)
    candidates <- near[i] + c(0, -1, 1, -2, 2, -3, 3) * unit
    nearest <- candidates[vapply(candidates, function(double) reads_as(texts[i], double), TRUE)][1]
    texts[i] <- shortest(nearest)
  }
  texts
}

# Long texts of numbers with the point in front and so many digits at most; a last 1 stands for the rest, if there
# is one. No double, nor what lies halfway between two, has 800.
shortened <- function(texts, most) {
  long <- which(nchar(texts) > most + 10L)
  texts[long] <- vapply(strsplit(tolower(texts[long]), "e", fixed = TRUE), function(parts) {
    digits <- sub("^[-+]", "", parts[1])
    point <- regexpr(".", digits, fixed = TRUE)
    whole <- if (point > 0L) point - 1 else nchar(digits)
    digits <- sub(".", "", digits, fixed = TRUE)
    zeros <- nchar(digits) - nchar(sub("^0+", "", digits))
    digits <- sub("0+$", "", substring(digits, zeros + 1))
    if (nchar(digits) > most) digits <- paste0(substr(digits, 1L, most), "1")
    power <- whole - zeros + if (length(parts) > 1L) as.numeric(parts[2]) else 0
    sprintf("%s0.%se%.0f", if (startsWith(parts[1], "-")) "-" else "", if (nchar(digits)) digits else "0", power)
  }, "")
  texts
}

# Whether numbers lie beyond all doubles. The greatest double and what is rounded to it do not, though R may say so.
is_endless <- function(texts) {
  texts <- shortened(texts, 800L)
  endless <- is.infinite(as.numeric(shortened(texts, 30L)))
  limit <- big_times(big_of("18014398509481983"), big_of(sprintf("%.0f", 2^970)))
  for (i in which(endless)) {
    power <- if (grepl("e", texts[i], ignore.case = TRUE)) as.numeric(sub(".*[eE]", "", texts[i])) else 0
    if (power < 2000) endless[i] <- fraction_compare(fraction(sub("^-", "", texts[i])), list(above = limit, below = ONE)) >= 0
  }
  endless
}

# The power of two at or below the size of a double.
exponent <- function(double) {
  power <- floor(log2(abs(double)))
  power - (2^power > abs(double)) + (2^(power + 1) <= abs(double))
}

# A double as a fraction, a quarter of its last place below and above it included.
fraction_of <- function(double, quarters = 0) {
  power <- exponent(double) - 52
  whole <- big_add(big_times(big_of(sprintf("%.0f", double / 2^power)), big_of("4")), big_of(sprintf("%.0f", quarters)))
  two <- big_of(sprintf("%.0f", 2^abs(power - 2)))
  if (power >= 2) list(above = big_times(whole, two), below = ONE) else list(above = whole, below = two)
}

# Whether a double is the nearest to a decimal; between two it is the even one.
reads_as <- function(text, double) {
  exact <- fraction(text)
  fixed <- abs(double) / 2^(exponent(double) - 52)
  # Below a power of two the doubles lie twice as dense.
  down <- if (fixed == 2^52) 1 else 2
  ends <- if (double > 0) c(-down, 2) else c(-2, down)
  low <- fraction_compare(exact, fraction_of(double, ends[1]))
  high <- fraction_compare(exact, fraction_of(double, ends[2]))
  if (low == 0 || high == 0) fixed %% 2 == 0 else low > 0 && high < 0
}

date_of <- function(column, bad, fact) {
  ongoing <- rep_len(FALSE, length(column))
  shape <- grepl("^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$", column)
  part <- function(from, otherwise) ifelse(nchar(column) >= from + 1L, suppressWarnings(as.numeric(substr(column, from, from + 1L))), otherwise)
  year <- suppressWarnings(as.numeric(substr(column, 1L, 4L)))
  from <- part(6L, 1)
  to <- part(6L, 12)
  shape <- shape & year > 0 & from >= 1 & to <= 12
  first <- part(9L, 1)
  last <- part(9L, month_length(year, to))
  shape <- shape & first >= 1 & last <= month_length(year, to)
  known <- !is.na(column) & shape %in% TRUE
  bad(which(!is.na(column) & !known), "not-a-date")
  open <- opened(list(), !known, fact)$open
  open[[fact]] <- rep_len(TRUE, length(column))
  dates(ifelse(known, day_of(year, from, first), NA_real_), ifelse(known, day_of(year, to, last), NA_real_), !known, FALSE, open)
}

# Stands in a set for a number too large for any machine.
ENDLESS <- "\001endless"

set_of <- function(type, column, paths, rows, fact) {
  unknown <- vapply(column, is.null, TRUE)
  owner <- rep(seq_along(column), lengths(column))
  place <- sequence(lengths(column))
  members <- as.character(unlist(column))
  path <- sprintf("%s[%d]", paths[owner], place - 1L)
  note <- function(which, code) wrong(rows[owner[which]], path[which], code)
  declared <- members %in% type$members
  note(which(is.na(members)), "wrong-type")
  note(which(members %in% ENDLESS), "not-finite")
  note(which(!is.na(members) & !(members %in% ENDLESS) & !declared), "undeclared-member")
  note(which(declared & duplicated(paste(owner, members))), "repeated-member")
  value <- matrix(FALSE, length(column), length(type$members), dimnames = list(NULL, type$members))
  value[cbind(owner[declared], match(members[declared], type$members))] <- TRUE
  value[unknown, ] <- NA
  opened(list(kind = "set", value = value), unknown, fact)
}

lab_of <- function(column, paths, rows, fact) {
  part <- function(name, kind) value_of(list(kind = kind, whole = FALSE), column[[name]], paste0(paths, ".", name), rows, fact)
  parts <- list(value = part("value", "number"), upper = part("upper", "number"), lower = part("lower", "number"), date = part("date", "date"))
  order <- compared(parts$lower$low, parts$upper$low, parts$lower$unknown | parts$upper$unknown)
  apart <- which(order > 0 & !parts$lower$unknown & !parts$upper$unknown)
  wrong(rows[apart], paths[apart], "limits-out-of-order")
  list(kind = "lab", parts = parts, given = column$given, unknown = !column$given, absent = FALSE, open = list())
}

events_of <- function(type, column, paths, rows, fact) {
  owner <- column$owner
  path <- sprintf("%s[%d]", paths[owner], column$place)
  read <- function(name, type) value_of(type, column$columns[[name]], paste0(path, ".", name), rows[owner], fact)
  columns <- list(date = read("date", list(kind = "date")))
  if (type$lasting) {
    ongoing <- column$columns[["end"]] %in% "ongoing"
    column$columns[["end"]][ongoing] <- NA
    columns$end <- read("end", list(kind = "date"))
    columns$end$first[ongoing] <- columns$end$last[ongoing] <- AFTER_ALL
    columns$end$unknown[ongoing] <- FALSE
    columns$end$open <- masked(columns$end$open, !ongoing)
    early <- which(!ongoing & (columns$end$last < columns$date$first) %in% TRUE)
    wrong(rows[owner][early], paste0(path[early], ".end"), "end-before-start")
  }
  for (name in names(type$attributes)) columns[[name]] <- read(name, type$attributes[[name]])
  value <- list(kind = "events", fact = fact, lasting = type$lasting, n = length(paths), owner = owner, columns = columns)
  opened(value, !column$given, fact)
}

# ---------------------------------------------------------------- records as data frames

DECIMAL <- "^[-+]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][-+]?[0-9]+)?$"

# A column of a data frame as one of a type; what it has to be is said where it is something else.
framed <- function(type, frame, name, n) {
  column <- as_plain(frame[[name]])
  expect <- function(holds, what) if (!holds) stop(sprintf("`%s` has to be %s", name, what), call. = FALSE)
  switch(type$kind,
    boolean = {
      expect(is.null(column) || is.logical(column), "logical")
      if (is.null(column)) rep_len(NA, n) else column
    },
    member = ,
    date = {
      expect(is.character(column) || all(is.na(column)), "text")
      if (is.null(column)) rep_len(NA_character_, n) else as.character(column)
    },
    number = {
      numeric <- is.numeric(column)
      decimals <- is.character(column) && all(is.na(column) | grepl(DECIMAL, column))
      expect(numeric || decimals || all(is.na(column)), "a number, or a decimal as text")
      if (is.null(column)) rep_len(NA_real_, n) else if (is.character(column)) column else as.numeric(column)
    },
    set = {
      expect(is.null(column) || is.list(column), "a list of character vectors")
      lapply(seq_len(n), function(i) if (length(column[[i]]) == 1L && is.na(column[[i]])) NULL else column[[i]])
    },
    lab = {
      part <- function(part, kind) framed(list(kind = kind), frame, paste0(name, ".", part), n)
      parts <- list(value = part("value", "number"), upper = part("upper", "number"), lower = part("lower", "number"), date = part("date", "date"))
      taken <- framed(list(kind = "boolean"), frame, name, n) %in% TRUE
      c(parts, list(given = Reduce(`|`, lapply(parts, function(part) !is.na(part)), taken)))
    },
    events = {
      column <- frame[[name]]
      expect(is.null(column) || is.list(column) && !is.data.frame(column), "a list of data frames")
      framed_events(type, column, name, n)
    }
  )
}

# The events of each subject: a list of data frames, NULL where they are unknown; or one frame in which `row` names the subject.
framed_events <- function(type, column, fact, n) {
  if (inherits(column, "long_events")) {
    long <- column$frame
    given <- rep_len(TRUE, n)
    if ("row" %in% names(type$attributes)) stop(sprintf("the events of `%s` have an attribute `row`: give them as a list of data frames", fact), call. = FALSE)
    # By its whole name: `$` takes the beginning of one for it.
    owner <- as.integer(long[["row"]])
    if (is.null(long[["row"]]) || !all(owner %in% seq_len(n))) stop(sprintf("`row` of the events of `%s` has to be that of a subject", fact), call. = FALSE)
    long <- long[order(owner), , drop = FALSE]
    owner <- sort(owner)
  } else {
    each <- lapply(seq_len(n), function(i) if (is.data.frame(column[[i]])) column[[i]])
    given <- !vapply(each, is.null, TRUE)
    owner <- rep(seq_len(n), vapply(each, function(frame) if (is.null(frame)) 0L else nrow(frame), 0L))
    parts <- unique(unlist(lapply(each, names)))
    long <- lapply(stats::setNames(parts, parts), function(name) {
      columns <- lapply(each[given], function(frame) if (is.null(frame[[name]])) rep_len(NA, nrow(frame)) else as_plain(frame[[name]]))
      # Where some frames say a number as text, R would turn the doubles of the others into fifteen digits.
      if (any(vapply(columns, is.character, TRUE))) columns <- lapply(columns, function(column) if (is.numeric(column)) as_text(column) else column)
      do.call(c, columns)
    })
  }
  types <- c(list(date = list(kind = "date")), if (type$lasting) list(end = list(kind = "date")), type$attributes)
  declared(names(long), c("row"[inherits(column, "long_events")], unlist(Map(column_names, names(types), types))), sprintf("in the events of `%s`", fact))
  m <- length(owner)
  columns <- Map(function(name, type) framed(type, long, name, m), names(types), types)
  list(given = given, owner = owner, place = sequence(tabulate(owner, n)) - 1L, columns = columns)
}

as_text <- function(doubles) {
  texts <- rep_len(NA_character_, length(doubles))
  known <- which(!is.na(doubles))
  texts[known] <- shortest(as.numeric(doubles[known]))
  texts
}

# Factors and days as texts; not every system writes early years with four digits. What only looks like a number
# within, such as a `difftime` in weeks, is refused.
as_plain <- function(column) {
  if (is.factor(column)) return(as.character(column))
  if (!inherits(column, "Date")) {
    plain <- unclass(column)
    if (inherits(column, "integer64") || is.numeric(plain) && !is.numeric(column)) {
      stop(sprintf("a column of class `%s` holds no plain numbers: turn it into the unit of the fact, or into text", class(column)[1]), call. = FALSE)
    }
    return(plain)
  }
  on <- civil(floor(as.numeric(column)))
  ifelse(is.na(column), NA_character_, sprintf("%04.0f-%02.0f-%02.0f", on$year, on$month, on$day))
}

# What the columns of a fact may be named.
column_names <- function(name, type) if (type$kind == "lab") paste0(name, c("", ".value", ".upper", ".lower", ".date")) else name

# Refuses a name that is not declared: it may be one that is misspelt.
declared <- function(names, known, where) {
  strange <- setdiff(names, known)
  if (length(strange)) stop(sprintf("`%s` is not declared %s", strange[1], where), call. = FALSE)
}

# What the protocol says of the subjects of a data frame, a row for each: the verdict, the facts that are
# missing, a column for each criterion (TRUE lets the subject pass), and what is wrong with the record. A
# column that is not there is unknown. A set is a list of character vectors, a partial date a text. A lab has
# the columns `NAME.value`, `NAME.upper`, `NAME.lower` and `NAME.date`; where it was taken though nothing of it
# is known, `NAME` is TRUE. Events are a list of data frames, or one data frame in `events`, whose `row` is that
# of the subject. The columns that `keep` names are no facts.
check <- function(data, events = list(), keep = character(0)) {
  declared(names(data), c(unlist(Map(column_names, names(FACTS), FACTS)), keep), "in the protocol")
  declared(names(events), names(Filter(function(type) type$kind == "events", FACTS)), "as a fact with events")
  problems$found <- list()
  frame <- as.list(data)
  for (name in names(events)) frame[[name]] <- structure(list(frame = events[[name]]), class = "long_events")
  columns <- lapply(stats::setNames(names(FACTS), names(FACTS)), function(name) framed(FACTS[[name]], frame, name, nrow(data)))
  result <- judged(columns, nrow(data))
  table <- data.frame(verdict = result$verdict)
  table$missing <- I(result$missing)
  for (name in names(CRITERIA)) table[[paste0(CRITERIA[[name]]$kind, "_", name)]] <- result$criteria[[name]]
  for (arm in ARMS) {
    table[[paste0("arm_", arm, "_verdict")]] <- result$arms[[arm]]$verdict
    table[[paste0("arm_", arm, "_missing")]] <- I(result$arms[[arm]]$missing)
  }
  table$contradicts <- I(result$contradicts)
  table$invalid <- I(lapply(result$invalid, function(found) paste(found$path, found$code)))
  table
}

# ---------------------------------------------------------------- verdicts

# Lists of the facts that are so, for each subject.
listed <- function(flags, n) {
  rows <- lapply(flags, function(is_so) which(rep_len(is_so, n)))
  unname(split(rep(as.character(names(flags)), lengths(rows)), factor(as.integer(unlist(rows)), levels = seq_len(n))))
}

missing_of <- function(outcome, n) listed(outcome$open[intersect(names(FACTS), names(outcome$open))], n)

word_of <- function(value) ifelse(is.na(value), "undetermined", ifelse(value, "eligible", "ineligible"))

# Whether a value says more than nothing: what does not apply carries none.
says <- function(value) {
  switch(value$kind,
    boolean = value$value %in% TRUE,
    set = rowSums(value$value) > 0 & !value$unknown,
    lab = value$given,
    events = tabulate(value$owner, value$n) > 0,
    !value$unknown
  )
}

# The values with what does not apply marked so, and what keeps it open added to what is unknown.
applying <- function(s, n, invalid) {
  for (name in names(WHENS)) {
    applies <- WHENS[[name]](s)
    never <- rep_len(applies$value, n) %in% FALSE
    value <- s[[name]]
    found <- which(never & says(value) & !invalid)
    wrong(found, rep_len(step("$", name), length(found)), "does-not-apply")
    mark <- function(value, unknown) {
      value$absent <- never
      value$open <- joined(list(value$open, masked(applies$open, unknown)))
      value
    }
    value <- mark(value, value$unknown)
    if (value$kind == "lab") value$parts <- lapply(value$parts, mark, !value$given)
    assign(name, value, envir = s)
  }
}

# What the protocol says of the subjects whose facts stand in columns.
judged <- function(columns, n) {
  s <- new.env()
  for (name in names(FACTS)) assign(name, value_of(FACTS[[name]], columns[[name]], rep_len(step("$", name), n), seq_len(n), name), envir = s)
  applying(s, n, seq_len(n) %in% found_rows())
  valid <- !(seq_len(n) %in% found_rows())
  of_valid <- function(values) {
    values <- rep_len(values, n)
    values[!valid] <- NA
    values
  }
  of_valid_lists <- function(lists) ifelse(valid, lists, list(character(0)))
  outcomes <- lapply(CRITERIA, function(criterion) criterion$passes(s))
  judge <- function(outcome) list(verdict = of_valid(word_of(rep_len(outcome$value, n))), missing = of_valid_lists(missing_of(outcome, n)))
  arms <- lapply(stats::setNames(ARMS, ARMS), function(arm) {
    own <- vapply(CRITERIA, function(criterion) is.null(criterion$arms) || arm %in% criterion$arms, TRUE)
    do.call(every, outcomes[own])
  })
  best <- judge(if (length(ARMS)) do.call(either, arms) else do.call(every, outcomes))
  false_ones <- lapply(ASSUMPTIONS, function(holds) holds(s)$value %in% FALSE)
  c(best, list(
    criteria = lapply(outcomes, function(outcome) of_valid(outcome$value)),
    arms = lapply(arms, judge),
    contradicts = of_valid_lists(listed(false_ones, n)),
    invalid = found_in(n)
  ))
}

found_rows <- function() unlist(lapply(problems$found, `[[`, "row"))

# What is wrong with each subject.
found_in <- function(n) {
  all <- do.call(rbind, problems$found)
  if (is.null(all)) return(rep_len(list(NULL), n))
  unname(split(all, factor(all$row, levels = seq_len(n))))
}

# ---------------------------------------------------------------- records as JSON

TOKEN <- paste0(
  "[][{}:,]|\"(?:[^\"\\\\\\x00-\\x1f]++|\\\\(?:[\"\\\\/bfnrt]|u[0-9a-fA-F]{4}))*+\"",
  "|-?(?:0|[1-9][0-9]*)(?:[.][0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null"
)
DEEPEST <- 128L

no_json <- function(message) stop(message, call. = FALSE)

# A text of JSON as R has it: numbers stay texts of class `number`, and arrays and objects are lists of theirs.
parsed <- function(text) {
  found <- gregexpr(TOKEN, text, perl = TRUE)[[1]]
  tokens <- if (found[1] > 0L) regmatches(text, list(found))[[1]] else character(0)
  between <- regmatches(text, list(found), invert = TRUE)[[1]]
  if (any(grepl("[^ \t\r\n]", between))) no_json("a mark that JSON does not have")
  at <- 0L
  take <- function() {
    at <<- at + 1L
    if (at > length(tokens)) no_json("it ends too early")
    tokens[at]
  }
  # What stands between two brackets, each part read by `read`.
  inside <- function(close, read) {
    parts <- list()
    if (at < length(tokens) && tokens[at + 1L] == close) {
      take()
      return(parts)
    }
    repeat {
      parts[length(parts) + 1L] <- list(read())
      mark <- take()
      if (mark == close) return(parts)
      if (mark != ",") no_json("a comma is missing")
    }
  }
  value <- function(depth) {
    if (depth > DEEPEST) no_json("it nests too deep")
    token <- take()
    first <- substr(token, 1L, 1L)
    if (first == "{") {
      members <- inside("}", function() {
        key <- take()
        if (substr(key, 1L, 1L) != "\"" || take() != ":") no_json("a key is missing")
        list(unquoted(key), value(depth + 1L))
      })
      keys <- vapply(members, `[[`, "", 1L)
      # The last of a repeated key counts.
      last <- !duplicated(keys, fromLast = TRUE)
      return(structure(lapply(members[last], `[[`, 2L), names = keys[last], class = "object"))
    }
    if (first == "[") return(structure(inside("]", function() value(depth + 1L)), class = "array"))
    if (first == "\"") return(unquoted(token))
    switch(token, true = TRUE, false = FALSE, null = NULL,
      if (grepl("^[-0-9]", token)) structure(token, class = "number") else no_json("a value is missing"))
  }
  all <- value(1L)
  if (at < length(tokens)) no_json("it goes on behind its end")
  all
}

# What a string of JSON says.
unquoted <- function(token) {
  text <- substr(token, 2L, nchar(token) - 1L)
  if (!grepl("\\", text, fixed = TRUE)) return(text)
  escape <- "\\\\u[dD][89abAB][0-9a-fA-F]{2}\\\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\\\u[0-9a-fA-F]{4}|\\\\."
  found <- gregexpr(escape, text, perl = TRUE)
  regmatches(text, found) <- list(vapply(regmatches(text, found)[[1]], function(escaped) {
    if (nchar(escaped) == 2L) {
      return(switch(substr(escaped, 2L, 2L), b = "\b", f = "\f", n = "\n", r = "\r", t = "\t", substr(escaped, 2L, 2L)))
    }
    codes <- strtoi(substring(escaped, seq(3L, nchar(escaped), 6L), seq(6L, nchar(escaped), 6L)), 16L)
    if (length(codes) == 2L) return(intToUtf8(0x10000 + (codes[1] - 0xD800) * 0x400 + codes[2] - 0xDC00))
    if (codes >= 0xD800 && codes < 0xE000) no_json("half a character")
    if (codes == 0) "\uFFFD" else intToUtf8(codes)
  }, ""))
  text
}

quote_json <- function(text) {
  text <- gsub("([\"\\\\])", "\\\\\\1", enc2utf8(text), perl = TRUE)
  if (any(grepl("[[:cntrl:]]", text))) for (code in 1:31) text <- gsub(intToUtf8(code), sprintf("\\u%04x", code), text, fixed = TRUE)
  paste0("\"", text, "\"")
}

# The path of a key.
step <- function(path, key) {
  if (!length(path) || !length(key)) return(character(0))
  paste0(path, ifelse(grepl("^[A-Za-z_][A-Za-z0-9_]*$", key), paste0(".", key), paste0("[", quote_json(key), "]")))
}

class_of <- function(value) {
  if (is.null(value)) "null" else if (is.logical(value)) "boolean" else if (is.object(value)) class(value) else "string"
}

WANTED <- c(boolean = "boolean", member = "string", date = "string", number = "number", set = "array", lab = "object", events = "array")

# A column of a type from values of JSON.
loaded <- function(type, values, paths, rows) {
  classes <- vapply(values, class_of, "")
  texts <- rep_len(NA_character_, length(values))
  texts[classes == "number"] <- unlist(lapply(values[classes == "number"], unclass))
  endless <- is_endless(texts)
  wrong(rows[endless], paths[endless], "not-finite")
  classes[endless] <- "null"
  wanted <- WANTED[[type$kind]]
  other <- classes != "null" & classes != wanted
  wrong(rows[other], paths[other], "wrong-type")
  is_so <- classes == wanted
  switch(type$kind,
    boolean = ifelse(is_so, vapply(values, isTRUE, TRUE), NA),
    number = ifelse(is_so, texts, NA_character_),
    set = lapply(seq_along(values), function(i) if (is_so[i]) vapply(values[[i]], member_text, "")),
    lab = {
      objects <- lapply(seq_along(values), function(i) if (is_so[i]) values[[i]])
      keys(objects, c("value", "upper", "lower", "date"), paths, rows)
      part <- function(name, kind) loaded(list(kind = kind), lapply(objects, function(lab) unclass(lab)[[name]]), step(paths, name), rows)
      list(value = part("value", "number"), upper = part("upper", "number"), lower = part("lower", "number"), date = part("date", "date"), given = is_so)
    },
    events = loaded_events(type, values, paths, rows, is_so),
    {
      column <- rep_len(NA_character_, length(values))
      column[is_so] <- unlist(values[is_so])
      column
    }
  )
}

member_text <- function(value) {
  if (class_of(value) == "string") return(value)
  if (class_of(value) == "number" && is_endless(unclass(value))) ENDLESS else NA_character_
}

# Notes the keys of objects that are not among some names.
keys <- function(objects, names, paths, rows) {
  for (i in seq_along(objects)) {
    strange <- setdiff(names(objects[[i]]), names)
    wrong(rep_len(rows[i], length(strange)), step(rep_len(paths[i], length(strange)), strange), "undeclared-key")
  }
}

loaded_events <- function(type, values, paths, rows, is_so) {
  lists <- lapply(seq_along(values), function(i) if (is_so[i]) unclass(values[[i]]) else list())
  owner <- rep(seq_along(lists), lengths(lists))
  place <- sequence(lengths(lists)) - 1L
  path <- sprintf("%s[%d]", paths[owner], place)
  events <- do.call(c, lists)
  other <- vapply(events, class_of, "") != "object"
  wrong(rows[owner][other], path[other], "wrong-type")
  objects <- lapply(seq_along(events), function(i) if (!other[i]) unclass(events[[i]]))
  types <- c(list(date = list(kind = "date")), if (type$lasting) list(end = list(kind = "date")), type$attributes)
  keys(objects, names(types), path, rows[owner])
  column <- function(name) loaded(types[[name]], lapply(objects, `[[`, name), step(path, name), rows[owner])
  list(given = is_so, owner = owner, place = place, columns = lapply(stats::setNames(names(types), names(types)), column))
}

# A report for each record, as JSON; a record is a text.
reports <- function(texts) {
  problems$found <- list()
  n <- length(texts)
  records <- lapply(seq_len(n), function(i) {
    record <- tryCatch(parsed(texts[i]), error = function(error) {
      wrong(i, "$", "record-syntax")
      structure(list(), class = "object")
    })
    if (class_of(record) == "object") return(unclass(record))
    wrong(i, "$", "record-not-object")
    list()
  })
  keys(records, names(FACTS), rep_len("$", n), seq_len(n))
  columns <- lapply(stats::setNames(names(FACTS), names(FACTS)), function(name) {
    loaded(FACTS[[name]], lapply(records, `[[`, name), rep_len(step("$", name), n), seq_len(n))
  })
  result <- judged(columns, n)
  vapply(seq_len(n), function(i) report_of(result, i), "")
}

array_json <- function(texts) if (length(texts)) paste0("[", paste(quote_json(texts), collapse = ","), "]") else "[]"
object_json <- function(values) paste0("{", paste0(quote_json(names(values)), ":", values, collapse = ","), "}")

report_of <- function(result, i) {
  head <- lapply(HEADER, quote_json)
  found <- result$invalid[[i]]
  if (NROW(found)) {
    mistakes <- Map(function(path, code) object_json(lapply(c(path = path, code = code, message = MESSAGES[[code]]), quote_json)), found$path, found$code)
    return(object_json(c(head, invalid = paste0("[", paste(mistakes, collapse = ","), "]"))))
  }
  word <- function(name) {
    value <- result$criteria[[name]][i]
    if (is.na(value)) "\"unknown\"" else if (value) "\"pass\"" else "\"fail\""
  }
  words <- vapply(names(CRITERIA), word, "")
  of_criteria <- function(words) if (length(words)) object_json(words) else "{}"
  judged <- function(of) list(verdict = quote_json(of$verdict[i]), missing = array_json(of$missing[[i]]))
  arms <- lapply(stats::setNames(ARMS, ARMS), function(arm) {
    own <- vapply(CRITERIA, function(criterion) is.null(criterion$arms) || arm %in% criterion$arms, TRUE)
    object_json(c(judged(result$arms[[arm]]), criteria = of_criteria(ifelse(own, words, "\"not_applicable\""))))
  })
  object_json(c(
    head, judged(result), criteria = of_criteria(words), if (length(arms)) c(arms = object_json(arms)),
    attested = array_json(ATTESTED), contradicts = array_json(result$contradicts[[i]])
  ))
}

# Reads NDJSON records from standard input and writes a report for each.
main <- function() {
  input <- file("stdin", open = "r")
  on.exit(close(input))
  while (length(lines <- readLines(input, n = 5000L, warn = FALSE, encoding = "UTF-8"))) {
    lines <- lines[grepl("[^ \t\r]", lines)]
    if (length(lines)) writeLines(enc2utf8(reports(lines)), stdout(), useBytes = TRUE)
  }
}

environment()
})

if (sys.nframe() == 0L) checker$main()
