import { groupType, userType } from '../../scim/core-types.ts'
import { remembered } from '../../scim/remembered.ts'
import type { Exchange } from '../exchange.ts'
import { foldedOnce, fullTextTest, type Texts } from './full-text.ts'
import { searchKeys } from './keys.ts'
import { type FieldTerm, isFieldTerm, type Search } from './search.ts'
import { foldAscii, holds } from './text.ts'
import { boundOf, statusRange } from './values.ts'

/** Tests whether a search finds an exchange: the same exchanges that it finds in the journal. */
export function matcherOf(search: Search): (exchange: Exchange) => boolean {
  const fields = search.filter(isFieldTerm)
  const hasTexts = fullTextTest(search)
  return exchange =>
    fields.every(({ key, value, not = false }) => tests[key](value, exchange) !== not) &&
    (hasTexts === undefined || hasTexts(textsOf(exchange)))
}

/** Whether a search asks for what is known only once an exchange has been analysed. */
export const needsNotes = (search: Search): boolean =>
  search.some(({ key }) => key !== 'words' && searchKeys[key].needsNotes)

// The database keeps what isn't well-formed Unicode as it can.
const kept = (text: string | undefined): string | undefined => text?.toWellFormed()

const within = (value: string, texts: readonly (string | undefined)[]): boolean => {
  const part = foldAscii(value)
  return texts.some(text => holds(text, part))
}

const anyOr = (value: string, given: string | undefined, test: () => boolean): boolean =>
  value === 'any' ? given !== undefined : test()

/** Remembered, so that all who follow the journal share the folded bodies. */
const textsOf = remembered(
  ({ action, target, url, request, response }: Exchange): Texts =>
    foldedOnce({
      action: () => action.toWellFormed(),
      label: () => target?.label,
      url: () => url.toWellFormed(),
      requestBody: () => kept(request.body),
      responseBody: () => kept(response.body),
    }),
)

const inTarget = (value: string, { target }: Exchange): boolean =>
  within(value, [target?.label, kept(target?.id)])

const inTargetOf =
  (type: string) =>
  (value: string, exchange: Exchange): boolean =>
    exchange.target?.type === type && inTarget(value, exchange)

const tests: Readonly<Record<FieldTerm['key'], (value: string, exchange: Exchange) => boolean>> = {
  status: (value, { status }) => {
    const { from, to } = statusRange(value)
    return from <= status && status <= to
  },
  method: (value, { method }) => kept(method) === value,
  action: (value, { action }) => within(value, [kept(action)]),
  user: inTargetOf(userType.name),
  group: inTargetOf(groupType.name),
  target: inTarget,
  resource: (value, { target }) => kept(target?.id) === value,
  tenant: (value, { tenant }) => kept(tenant) === value,
  after: (value, { at }) => at >= Date.parse(value),
  before: (value, { at }) => at < Date.parse(value),
  dialect: (value, { notes }) => notes?.dialect === value,
  finding: (value, { notes }) =>
    value === 'any' ? (notes?.findings.length ?? 0) > 0 : within(value, notes?.findings ?? []),
  cycle: (value, { notes }) => kept(notes?.cycle) === value,
  token: (value, { token }) => token?.ending === value,
  refused: (value, { refusal }) => anyOr(value, refusal, () => refusal === value),
  rule: (value, { rule }) => anyOr(value, rule, () => within(value, [rule])),
  profile: (value, { profile }) => profile === value,
  fault: (value, { fault }) => anyOr(value, fault?.id, () => within(value, [fault?.id, fault?.words])),
  duration: (value, { microseconds }) => {
    const { longer, microseconds: bound } = boundOf(value)
    return longer ? microseconds > bound : microseconds < bound
  },
  parent: (value, { parent }) => parent === value,
  id: (value, { id }) => kept(id) === value,
  is: (_value, { replayOf }) => replayOf !== undefined,
}
