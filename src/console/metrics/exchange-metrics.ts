import { Counter, Histogram, type Registry } from 'prom-client'
import type { Exchange } from '../../journal/exchange.ts'

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

/** Whoever invents methods must not make up labels. */
const methodOf = ({ method }: Exchange): string => (methods.has(method) ? method : 'other')

/** Counts exchanges as they are recorded. Labels are known tenants, profiles, rules and reasons, never a client's text. */
export function createExchangeMetrics(registry: Registry): (exchange: Exchange) => void {
  const registers = [registry]
  const exchanges = new Counter({
    name: 'scimulator_exchanges_total',
    help: 'Requests to the SCIM listener that were answered. An empty tenant: none is known.',
    labelNames: ['tenant', 'profile', 'method', 'status'],
    registers,
  })
  const seconds = new Histogram({
    name: 'scimulator_exchange_seconds',
    help: 'How long answers took.',
    labelNames: ['method'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers,
  })
  const refusals = new Counter({
    name: 'scimulator_refusals_total',
    help: 'Requests whose token was not accepted.',
    labelNames: ['tenant', 'reason'],
    registers,
  })
  const ruleRefusals = new Counter({
    name: 'scimulator_rule_refusals_total',
    help: 'Requests that a rule of the profile refused.',
    labelNames: ['tenant', 'rule'],
    registers,
  })
  const strikes = new Counter({
    name: 'scimulator_faults_struck_total',
    help: 'Answers that were spoiled on purpose.',
    labelNames: ['tenant'],
    registers,
  })

  return exchange => {
    const { tenant = '', profile = '', status, microseconds, refusal, rule, fault } = exchange
    const method = methodOf(exchange)
    exchanges.inc({ tenant, profile, method, status: `${Math.floor(status / 100)}xx` })
    seconds.observe({ method }, microseconds / 1_000_000)
    if (refusal) refusals.inc({ tenant, reason: refusal })
    if (rule) ruleRefusals.inc({ tenant, rule })
    if (fault) strikes.inc({ tenant })
  }
}
