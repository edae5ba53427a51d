import { minute } from '../../domain/duration.ts'
import type { ClientKind, Exchange } from '../../domain/journal/exchange.ts'
import { type Cycle, type SetupStep, type SetupStepId, setupStepIds } from '../../domain/ports/analysis.ts'
import { groupType, userType } from '../../scim/core-schemas.ts'
import { isSuccessfulProbe } from './client.ts'
import { type DiagnosisSubject, readSubject } from './diagnosis/subject.ts'

/** The setup steps that an exchange completes. Only the requests of provisioning services count. */
export function detectSetupSteps(
  exchange: Exchange,
  client: ClientKind,
  isOpen: (step: SetupStepId) => boolean,
): readonly SetupStepId[] {
  if (client !== 'entra' && client !== 'service') return []
  const open = setupStepIds.filter(step => step in stepTests && isOpen(step))
  if (open.length === 0) return []
  const subject = isSuccessfulWrite(exchange) ? readSubject({ exchange }) : undefined
  return open.filter(step => stepTests[step]?.(exchange, subject, client))
}

const isSuccessfulWrite = ({ method, status }: Exchange) =>
  (method === 'PATCH' || method === 'PUT') && isSuccess(status)

const isSuccess = (status: number) => status >= 200 && status < 300

type StepTest = (exchange: Exchange, subject: DiagnosisSubject | undefined, client: ClientKind) => boolean

const creates =
  (type: string): StepTest =>
  ({ method, status, target }) =>
    method === 'POST' && status === 201 && target?.type === type

const stepTests: Readonly<Partial<Record<SetupStepId, StepTest>>> = {
  contact: () => true,
  'test-connection': (exchange, _subject, client) =>
    client === 'entra' ? isSuccessfulProbe(exchange) : isPlainRead(exchange),
  user: creates(userType.name),
  group: creates(groupType.name),
  membership: (_exchange, subject) =>
    subject?.type === groupType &&
    subject.writtenValues.some(
      ({ path, op, value }) => path === 'members.value' && isAdd(op) && value !== null,
    ),
  disabled: (_exchange, subject) =>
    subject?.type === userType &&
    subject.writtenValues.some(({ path, op, value }) => path === 'active' && isAdd(op) && isFalse(value)),
  deleted: ({ method, status, target }) =>
    method === 'DELETE' && isSuccess(status) && target?.type === userType.name,
}

/** Other services test a connection by a list without a filter, or by reading what the target supports. */
const isPlainRead = ({ method, status, url }: Exchange) =>
  method === 'GET' &&
  status === 200 &&
  /\/(Users|Groups|ServiceProviderConfig)(\?|$)/i.test(url) &&
  !/[?&]filter=/i.test(url)

const isAdd = (op: string | undefined) => op?.toLowerCase() !== 'remove'

/** In its default dialect Entra ID sends booleans as strings. */
const isFalse = (value: unknown) => value === false || (typeof value === 'string' && /^false$/i.test(value))

/** Entra ID starts a cycle about 40 minutes after the last one started (Microsoft: how provisioning works). */
const onTimeWindow = { from: 25 * minute, until: 60 * minute }

/** Whether a cycle started about 40 minutes after another one of the same client, by the tenant's clock. */
export const isOnTime = (cycle: Cycle, recent: readonly Cycle[]): boolean =>
  recent.some(earlier => {
    const period = cycle.tenantStarted - earlier.tenantStarted
    return earlier.kind === 'cycle' && period >= onTimeWindow.from && period <= onTimeWindow.until
  })

/** Whether a cycle of Entra ID has provisioned objects without a failure. */
export const hasNoFailure = ({ client, kind, failed }: Cycle): boolean =>
  client === 'entra' && kind === 'cycle' && failed === 0

/** A step that an exchange completes. */
export function toExchangeStep(
  id: SetupStepId,
  { id: exchange, at, tenantTime, request }: Exchange,
): SetupStep {
  const userAgent = request.headers['user-agent']?.trim()
  return { id, at, tenantTime, exchange, ...(userAgent && { userAgent }) }
}

/** A step that a whole cycle completes. */
export const toCycleStep = (
  id: SetupStepId,
  cycle: Cycle,
  moment: Pick<SetupStep, 'at' | 'tenantTime'>,
): SetupStep => ({ id, ...moment, exchange: cycle.id })
