import type { Failure } from '../../domain/contract/overview.ts'
import { refusalLabels } from '../../domain/journal/description.ts'
import type { Exchange } from '../../domain/journal/exchange.ts'
import type { Finding } from '../../domain/ports/analysis.ts'
import { getFindingKind } from '../../insight/analysis/diagnosis/diagnose.ts'

export const viewFailure = (exchange: Exchange, findings: readonly Finding[], attempts: number) => {
  const { id, at, tenantTime, status, action, target } = exchange
  return {
    exchange: id,
    at,
    tenantTime,
    status,
    action,
    type: target?.type,
    label: target?.label ?? target?.id,
    attempts,
    ...reasonOf(exchange, findings),
  }
}

/** The cause that is known best: a fault explains more than the response that it changed, a finding more than an error message. */
function reasonOf(exchange: Exchange, findings: readonly Finding[]): Pick<Failure, 'reason' | 'finding'> {
  const { fault, rule, refusal, status } = exchange
  if (fault) return { reason: `Injected fault: ${fault.summary}` }
  const error =
    findings.find(({ id }) => id === rule) ??
    findings.find(({ id }) => getFindingKind(id)?.severity === 'error')
  if (error) return { reason: error.detail, finding: error.id }
  if (refusal !== undefined) return { reason: refusalLabels[refusal] }
  return { reason: readDetail(exchange) ?? `Status ${status}, without an error message.` }
}

/** The `detail` of an error response (RFC 7644, section 3.12). */
function readDetail({ response: { body } }: Exchange): string | undefined {
  try {
    const { detail } = JSON.parse(body ?? '') as { readonly detail?: unknown }
    return typeof detail === 'string' && detail !== '' ? detail : undefined
  } catch {
    return undefined
  }
}
