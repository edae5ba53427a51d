import { groupType, userType } from '../../../scim/core-schemas.ts'
import { memoize } from '../../../scim/memoize.ts'
import { credentialTerms } from '../../tenants/credential.ts'
import type { Exchange } from '../exchange.ts'
import { isOperation } from '../operation.ts'
import { searchKeys } from './keys.ts'
import { type FieldTerm, isFieldTerm, type Search, type Term } from './parse.ts'
import { containsFolded, findingParts, foldAscii, statusRange, toDurationBound, urlForms } from './values.ts'

/** The texts that terms without a key, and terms with the key `text`, search. Well-formed Unicode. */
export type Texts = {
  readonly action: () => string
  readonly label: () => string | undefined
  readonly url: () => string
  readonly requestBody: () => string | undefined
  readonly responseBody: () => string | undefined
}

/** Folds each text when a term first needs it, once for all terms: bodies may be long. */
export function foldLazily(texts: Texts): Texts {
  return {
    action: lazy(() => foldAscii(texts.action())),
    label: lazy(() => foldText(texts.label())),
    url: lazy(() => foldAscii(texts.url())),
    requestBody: lazy(() => foldText(texts.requestBody())),
    responseBody: lazy(() => foldText(texts.responseBody())),
  }
}

export function createFullTextTest(search: Search): ((folded: Texts) => boolean) | undefined {
  const tests = search.filter(term => !isFieldTerm(term)).map(createTermTest)
  return tests.length === 0 ? undefined : folded => tests.every(test => test(folded))
}

function createTermTest({ key, value, not }: Term): (folded: Texts) => boolean {
  const part = foldAscii(value)
  const urlParts = urlForms(value)
  const isIn = (text: string | undefined) => text?.includes(part) === true
  // Short texts first, so bodies are folded only if necessary.
  const isFound = ({ action, label, url, requestBody, responseBody }: Texts) =>
    (key === 'words' && (isIn(action()) || isIn(label()))) ||
    urlParts.some(one => url().includes(one)) ||
    isIn(requestBody()) ||
    isIn(responseBody())
  return folded => isFound(folded) !== (not ?? false)
}

const foldText = (text: string | undefined) => (text === undefined ? undefined : foldAscii(text))

function lazy<Value>(compute: () => Value): () => Value {
  let known: { readonly value: Value } | undefined
  return () => {
    known ??= { value: compute() }
    return known.value
  }
}

/** Matches exactly as the journal does. */
export function createMatcher(search: Search): (exchange: Exchange) => boolean {
  const fields = search.filter(isFieldTerm)
  const hasTexts = createFullTextTest(search)
  return exchange =>
    fields.every(({ key, value, not = false }) => fieldTests[key](value, exchange) !== not) &&
    (hasTexts === undefined || hasTexts(exchangeTexts(exchange)))
}

export const needsNotes = (search: Search): boolean =>
  search.some(({ key }) => key !== 'words' && searchKeys[key].needsNotes)

// The database stores only well-formed Unicode.
const wellFormed = (text: string | undefined): string | undefined => text?.toWellFormed()

const containsAny = (value: string, texts: readonly (string | undefined)[]): boolean => {
  const part = foldAscii(value)
  return texts.some(text => containsFolded(text, part))
}

const anyOr = (value: string, actual: string | undefined, test: () => boolean): boolean =>
  value === 'any' ? actual !== undefined : test()

/** Memoized, so that all followers of the journal share the folded bodies. */
const exchangeTexts = memoize(
  ({ action, target, url, request, response }: Exchange): Texts =>
    foldLazily({
      action: () => action.toWellFormed(),
      label: () => wellFormed(target?.label),
      url: () => url.toWellFormed(),
      requestBody: () => wellFormed(request.body),
      responseBody: () => wellFormed(response.body),
    }),
)

const matchesTarget = (value: string, { target }: Exchange): boolean =>
  containsAny(value, [wellFormed(target?.label), wellFormed(target?.id)])

const matchesTargetOfType =
  (type: string) =>
  (value: string, exchange: Exchange): boolean =>
    exchange.target?.type === type && matchesTarget(value, exchange)

const fieldTests: Readonly<Record<FieldTerm['key'], (value: string, exchange: Exchange) => boolean>> = {
  status: (value, { status }) => {
    const { from, to } = statusRange(value)
    return from <= status && status <= to
  },
  method: (value, { method }) => wellFormed(method) === value,
  operation: (value, { operation, apiOperation }) =>
    isOperation(value) ? operation === value : wellFormed(apiOperation) === value,
  api: (value, { api = 'scim' }) => api === value,
  key: (value, { accessKey }) => anyOr(value, accessKey, () => wellFormed(accessKey) === value),
  action: (value, { action }) => containsAny(value, [wellFormed(action)]),
  user: matchesTargetOfType(userType.name),
  group: matchesTargetOfType(groupType.name),
  target: matchesTarget,
  resource: (value, { target }) => wellFormed(target?.id) === value,
  tenant: (value, { tenant }) => wellFormed(tenant) === value,
  after: (value, { at }) => at >= Date.parse(value),
  before: (value, { at }) => at < Date.parse(value),
  'tenant-after': (value, { tenantTime }) => tenantTime >= Date.parse(value),
  'tenant-before': (value, { tenantTime }) => tenantTime < Date.parse(value),
  client: (value, { notes }) =>
    anyOr(value, notes?.recognized?.product, () => notes?.recognized?.product === value),
  dialect: (value, { notes }) => notes?.dialect === value,
  finding: (value, { notes }) =>
    value === 'any'
      ? (notes?.findings.length ?? 0) > 0
      : findingParts(value).some(part => containsAny(part, notes?.findings ?? [])),
  cycle: (value, { notes }) => anyOr(value, notes?.cycle, () => wellFormed(notes?.cycle) === value),
  token: (value, { token, credential }) =>
    token?.ending === value || (credential !== undefined && credentialTerms(credential).includes(value)),
  rejected: (value, { refusal }) => anyOr(value, refusal, () => refusal === value),
  rule: (value, { rule }) => anyOr(value, rule, () => containsAny(value, [rule])),
  profile: (value, { profile }) => profile === value,
  fault: (value, { fault }) => anyOr(value, fault?.id, () => containsAny(value, [fault?.id, fault?.summary])),
  duration: (value, { microseconds }) => {
    const { longer, microseconds: bound } = toDurationBound(value)
    return longer ? microseconds > bound : microseconds < bound
  },
  parent: (value, { parent }) => parent === value,
  id: (value, { id }) => wellFormed(id) === value,
  is: (_value, { replayOf }) => replayOf !== undefined,
}
