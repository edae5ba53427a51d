import type { Exchange } from '../../journal/exchange.ts'
import type { Effects } from '../../store/effects.ts'
import type { TenantStore } from '../../tenants/tenant-store.ts'
import type { Finding } from '../finding.ts'
import type { Judge } from '../verdict.ts'
import { createDiagnosis } from './diagnose.ts'
import { type Observed, readSubject } from './diagnosis.ts'
import { referencesIn } from './references.ts'

export type DiagnosisParts = {
  readonly tenants: Pick<TenantStore, 'find'>
  readonly effects: Pick<Effects, 'typesBefore'>
  readonly judge: Pick<Judge, 'aws'>
}

/** Diagnoses exchanges of the journal, with what AWS says to them and who was there. */
export function createStoredDiagnosis({
  tenants,
  effects,
  judge,
}: DiagnosisParts): (exchange: Exchange) => Promise<readonly Finding[]> {
  const diagnose = createDiagnosis()

  const nobodyIn = async (exchange: Exchange): Promise<ReadonlySet<string>> => {
    const tenant = tenants.find(exchange.tenant ?? '')
    const ids = mayRefer(exchange) ? referencesIn(readSubject({ exchange })) : []
    if (!tenant || ids.length === 0) return new Set()
    const moment = { exchange: exchange.id, at: exchange.tenantTime }
    const known = await effects.typesBefore(tenant.key, ids, moment)
    return new Set(ids.filter(id => !known.has(id)))
  }

  const ignoredBy = (exchange: Exchange) => {
    const profile = tenants.find(exchange.tenant ?? '')?.profile
    return profile?.name === exchange.profile ? profile?.reads.ignoresChange : undefined
  }

  return async exchange => {
    const aws = await judge.aws(exchange)
    const ignoresChange = ignoredBy(exchange)
    const observed: Observed = {
      exchange,
      nobody: await nobodyIn(exchange),
      ...(aws && { aws }),
      ...(ignoresChange && { ignoresChange }),
    }
    return diagnose(observed)
  }
}

/** Most requests name nobody else; they needn't be read twice. Operations of a bulk may name what isn't there yet. */
const mayRefer = ({ parent, request: { body = '' } }: Exchange): boolean =>
  parent === undefined && /members|manager/i.test(body)
