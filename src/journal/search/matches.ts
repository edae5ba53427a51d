import { groupType, userType } from '../../scim/core-types.ts'
import type { Exchange } from '../exchange.ts'
import { type KeyName, searchKeys } from './keys.ts'
import type { Search, Term } from './search.ts'
import { foldAscii, holds, inUrls } from './text.ts'
import { boundOf, statusRange } from './values.ts'

/** Whether a search finds an exchange; the same that it finds in the journal. */
export const matches = (search: Search, exchange: Exchange): boolean =>
  search.every(term => test(term, exchange) !== (term.not ?? false))

/** Whether a search asks for what is known only once an exchange has been analysed. */
export const needsNotes = (search: Search): boolean =>
  search.some(({ key }) => key !== 'words' && searchKeys[key].needsNotes)

const test = ({ key, value }: Term, exchange: Exchange): boolean => tests[key](value, exchange)

// The database keeps what isn't well-formed Unicode as it can.
const kept = (text: string | undefined): string | undefined => text?.toWellFormed()

const within = (value: string, texts: readonly (string | undefined)[]): boolean => {
  const part = foldAscii(value)
  return texts.some(text => holds(text, part))
}

const anyOr = (value: string, given: string | undefined, test: () => boolean): boolean =>
  value === 'any' ? given !== undefined : test()

const inUrlOrBody = (text: string, { url, request, response }: Exchange): boolean =>
  inUrls(text).some(part => holds(kept(url), part)) || within(text, [kept(request.body), kept(response.body)])

const inTarget = (value: string, { target }: Exchange): boolean =>
  within(value, [target?.label, kept(target?.id)])

const inTargetOf =
  (type: string) =>
  (value: string, exchange: Exchange): boolean =>
    exchange.target?.type === type && inTarget(value, exchange)

const tests: Readonly<Record<KeyName | 'words', (value: string, exchange: Exchange) => boolean>> = {
  words: (text, exchange) =>
    within(text, [kept(exchange.action), exchange.target?.label]) || inUrlOrBody(text, exchange),
  text: inUrlOrBody,
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
