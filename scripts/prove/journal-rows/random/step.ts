import type { Random } from '../../../endure/random.ts'
import { scimHeaders, type TenantId, tenants, tokens } from '../setup.ts'
import type { SentRequest, Step } from '../step.ts'

/** Random steps. `number` makes their names unique. */
export type RandomSteps = (random: Random, number: number) => readonly Step[]

export const tenantOf = (random: Random): TenantId => random.of(tenants).id

export const scim = (...requests: readonly SentRequest[]): Step => ({ to: 'scim', requests })

export const bearer = (tenant: TenantId): readonly string[] => scimHeaders(tokens[tenant])
