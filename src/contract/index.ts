import { operations as findings } from './findings.ts'
import { operations as identities } from './identities.ts'
import { operations as tokens } from './tokens.ts'

/** Every operation of the console API by its operationId. */
export const operations = {
  ...tokens,
  ...identities,
  ...findings,
}

type Operations = typeof operations

/** The operations by method and path, as clients name them. */
export interface OperationsByKey extends ByKey {}
type ByKey = {
  [Id in keyof Operations as `${Operations[Id]['method']} ${Operations[Id]['path']}`]: Operations[Id]
}

/** `GET /tenants/:tenant/tokens` */
export type OperationKey = keyof OperationsByKey
