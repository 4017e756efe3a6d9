/** Moments as text: RFC 3339, in UTC, with milliseconds; and the days of the calendar. */

/** Whole division; `/` alone would truncate natively and yield a fraction in JavaScript. */
function quotient(a: i32, b: i32): i32 {
  return (a - (a % b)) / b;
}

function digits(value: i32, width: i32): string {
  return `${value}`.padStart(width, "0");
}

/**
 * `2026-11-20T23:59:59.042Z` for a time of day, in seconds and thousandths, on a day counted from 1970-01-01.
 * Years start in March here: the leap day is then a year's last, and the months' lengths follow one line.
 */
export function timestamp(day: i32, seconds: i32, milliseconds: i32): string {
  const sinceEra = day + 719468; // days from 0000-03-01
  const era = quotient(sinceEra, 146097); // 400 years each
  const dayOfEra = sinceEra - era * 146097;
  const yearOfEra = quotient(
    dayOfEra - quotient(dayOfEra, 1460) + quotient(dayOfEra, 36524) - quotient(dayOfEra, 146096),
    365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + quotient(yearOfEra, 4) - quotient(yearOfEra, 100));
  const march = quotient(5 * dayOfYear + 2, 153); // months since March
  const dayOfMonth = dayOfYear - quotient(153 * march + 2, 5) + 1;
  const month = march < 10 ? march + 3 : march - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  const date = digits(year, 4) + "-" + digits(month, 2) + "-" + digits(dayOfMonth, 2);
  const minutes = quotient(seconds, 60);
  const time = digits(quotient(minutes, 60), 2) + ":" + digits(minutes % 60, 2) + ":" + digits(seconds % 60, 2);
  return date + "T" + time + "." + digits(milliseconds, 3) + "Z";
}

/** The day, counted from 1970-01-01, that a date of the Gregorian calendar is; the year is at least 1. */
export function dayOf(year: i32, month: i32, day: i32): i32 {
  const marchYear = month > 2 ? year : year - 1;
  const march = month > 2 ? month - 3 : month + 9;
  const leapDays = quotient(marchYear, 4) - quotient(marchYear, 100) + quotient(marchYear, 400);
  return 365 * marchYear + leapDays + quotient(153 * march + 2, 5) + day - 1 - 719468;
}

/** Days of a month. */
export function daysIn(year: i32, month: i32): i32 {
  return month == 12 ? 31 : dayOf(year, month + 1, 1) - dayOf(year, month, 1);
}
