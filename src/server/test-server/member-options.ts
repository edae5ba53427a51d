import { suggestName } from '../../domain/journal/search/parse.ts'

/**
 * Checks the options of a member of the test server: JavaScript callers can pass anything. Throws a TypeError with the name of
 * the member. `names` are the known options, `call` is an example for the error.
 */
export function checkMemberOptions(
  member: string,
  options: unknown,
  { names, call }: { readonly names: readonly string[]; readonly call: string },
): void {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`${member}: the options must be an object: ${call}.`)
  }
  for (const name of Object.keys(options)) {
    if (names.includes(name)) continue
    const suggestion = suggestName(name, names)
    throw new TypeError(
      `${member}: ${name} is not an option${suggestion ? `; did you mean ${suggestion}?` : `. Options: ${names.join(', ')}.`}`,
    )
  }
}
