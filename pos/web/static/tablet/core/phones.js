// Phone numbers by libphonenumber: written as they are typed, and told apart from what is no number. The server has the last word.
import "../../vendor/libphonenumber/libphonenumber-min.js";

const { AsYouType, parsePhoneNumberFromString, validatePhoneNumberLength } = globalThis.libphonenumber;
const HOPELESS = new Set(["TOO_LONG", "INVALID_COUNTRY"]);
// With fewer digits people are still at the beginning.
const FEWEST_TO_JUDGE = 7;

/** Digits as people of the country write them while they type. */
export function asTyped(digits, country) {
  return new AsYouType(country).input(digits);
}

/** Whether the digits may be a whole number. */
export function isPossible(digits, country) {
  return parsePhoneNumberFromString(digits, country)?.isPossible() ?? false;
}

/** Whether no number comes of the digits any more, whatever is typed after them. */
export function isHopeless(digits, country) {
  return digits.length >= FEWEST_TO_JUDGE && HOPELESS.has(validatePhoneNumberLength(digits, country));
}

/** A number of ours (E.164) as it is read: without the country's own prefix at home. */
export function written(phone, country) {
  const parsed = phone && parsePhoneNumberFromString(phone, country);
  if (!parsed) return phone ?? "";
  return parsed.country === country ? parsed.formatNational() : parsed.formatInternational();
}
