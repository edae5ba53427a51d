import type { ClientKind, Exchange } from '../journal/exchange.ts'
import { groupType, userType } from '../scim/core-types.ts'
import { isAnsweredProbe } from './client.ts'
import type { Cycle } from './cycle.ts'
import { readSubject, type Subject } from './diagnose/diagnosis.ts'

/** Steps of the set-up that show in what Entra ID sends. */
export const setupStepIds = [
  'contact',
  'test-connection',
  'user',
  'group',
  'membership',
  'disabled',
  'deleted',
  'second-cycle',
  'no-failure',
] as const

export type SetupStepId = (typeof setupStepIds)[number]

/** A step that is done, with its first evidence. Databases of before have steps of which not all is known. */
export type SetupStep = {
  readonly id: SetupStepId
  /** The machine's time, and the same moment by the tenant's clock. */
  readonly at?: number
  readonly tenantTime: number
  /** The exchange that shows it, of which the journal may have nothing any more. */
  readonly exchange?: string
  /** The User-Agent of the client; Entra ID is said to send none. */
  readonly userAgent?: string
}

/** The steps that an exchange shows to be done. Only Entra ID's requests count. */
export function stepsShownBy(
  exchange: Exchange,
  client: ClientKind,
  isOpen: (step: SetupStepId) => boolean,
): readonly SetupStepId[] {
  if (client !== 'entra') return []
  const open = setupStepIds.filter(step => step in shownBy && isOpen(step))
  if (open.length === 0) return []
  const subject = isWritten(exchange) ? readSubject({ exchange }) : undefined
  return open.filter(step => shownBy[step]?.(exchange, subject))
}

const isWritten = ({ method, status }: Exchange) =>
  (method === 'PATCH' || method === 'PUT') && isSuccess(status)

const isSuccess = (status: number) => status >= 200 && status < 300

type Look = (exchange: Exchange, subject: Subject | undefined) => boolean

const creates =
  (type: string): Look =>
  ({ method, status, target }) =>
    method === 'POST' && status === 201 && target?.type === type

const shownBy: Readonly<Partial<Record<SetupStepId, Look>>> = {
  contact: () => true,
  'test-connection': isAnsweredProbe,
  user: creates(userType.name),
  group: creates(groupType.name),
  membership: (_exchange, subject) =>
    subject?.type === groupType &&
    subject.written.some(({ path, op, value }) => path === 'members.value' && adds(op) && value !== null),
  disabled: (_exchange, subject) =>
    subject?.type === userType &&
    subject.written.some(({ path, op, value }) => path === 'active' && adds(op) && isFalse(value)),
  deleted: ({ method, status, target }) =>
    method === 'DELETE' && isSuccess(status) && target?.type === userType.name,
}

const adds = (op: string | undefined) => op?.toLowerCase() !== 'remove'

/** In its default dialect Entra ID writes booleans as texts. */
const isFalse = (value: unknown) => value === false || (typeof value === 'string' && /^false$/i.test(value))

const minute = 60_000
/** Entra ID begins a cycle 40 minutes after it has begun the last one, give or take (Microsoft: how provisioning works). */
const onTime = { from: 25 * minute, until: 60 * minute }

/** Whether a cycle began about 40 minutes after another one of the same client, by the tenant's clock. */
export const isOnTime = (cycle: Cycle, recent: readonly Cycle[]): boolean =>
  recent.some(earlier => {
    const period = cycle.tenantStarted - earlier.tenantStarted
    return earlier.kind === 'cycle' && period >= onTime.from && period <= onTime.until
  })

/** Whether a cycle of Entra ID's has provisioned something, and nothing of it has failed so far. */
export const hasNoFailure = ({ client, kind, failed }: Cycle): boolean =>
  client === 'entra' && kind === 'cycle' && failed === 0

/** A step that is shown by a cycle as a whole. */
export const stepOfCycle = (
  id: SetupStepId,
  cycle: Cycle,
  moment: Pick<SetupStep, 'at' | 'tenantTime'>,
): SetupStep => ({ id, ...moment, exchange: cycle.id })
