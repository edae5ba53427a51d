import { isFieldTerm, type Search, type Term } from './search.ts'
import { foldAscii, inUrls } from './text.ts'

/** The texts of an exchange that terms without a key, and those of `text`, are looked for in. Well-formed Unicode. */
export type Texts = {
  readonly action: () => string
  readonly label: () => string | undefined
  readonly url: () => string
  readonly requestBody: () => string | undefined
  readonly responseBody: () => string | undefined
}

/** The same texts folded, each when a term needs it, and once for all terms: bodies may be long. */
export function foldedOnce(texts: Texts): Texts {
  return {
    action: once(() => foldAscii(texts.action())),
    label: once(() => folded(texts.label())),
    url: once(() => foldAscii(texts.url())),
    requestBody: once(() => folded(texts.requestBody())),
    responseBody: once(() => folded(texts.responseBody())),
  }
}

/** Tests folded texts by those terms of a search that look into them; undefined where none does. */
export function fullTextTest(search: Search): ((folded: Texts) => boolean) | undefined {
  const tests = search.filter(term => !isFieldTerm(term)).map(termTest)
  return tests.length === 0 ? undefined : folded => tests.every(test => test(folded))
}

function termTest({ key, value, not }: Term): (folded: Texts) => boolean {
  const part = foldAscii(value)
  const urlParts = inUrls(value)
  const isIn = (text: string | undefined) => text?.includes(part) === true
  // Short texts first: a body is folded only if it has to be.
  const isFound = ({ action, label, url, requestBody, responseBody }: Texts) =>
    (key === 'words' && (isIn(action()) || isIn(label()))) ||
    urlParts.some(one => url().includes(one)) ||
    isIn(requestBody()) ||
    isIn(responseBody())
  return folded => isFound(folded) !== (not ?? false)
}

const folded = (text: string | undefined) => (text === undefined ? undefined : foldAscii(text))

function once<Value>(workOut: () => Value): () => Value {
  let known: { readonly value: Value } | undefined
  return () => {
    known ??= { value: workOut() }
    return known.value
  }
}
