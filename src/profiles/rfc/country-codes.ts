/**
 * What the Unicode regions have besides ISO 3166-1: codes that ISO only reserves, and Unicode's own for parts of
 * countries, for unions of them and for tests.
 */
const beyondIso = new Set('AC CP CQ DG EA EU EZ IC QO TA UN XA XB XK ZZ'.split(' '))

const regions = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' })

/** Whether ISO 3166-1 assigns this code to a country; `UK` and `DD`, which stand for others, are none. */
export const isCountryCode = (text: string): boolean =>
  /^[A-Z]{2}$/.test(text) &&
  !beyondIso.has(text) &&
  regions.of(text) !== undefined &&
  new Intl.Locale(`und-${text}`).region === text
