import { operations as clock } from './clock.ts'
import { operations as exchanges } from './exchanges.ts'
import { operations as findings } from './findings.ts'
import { operations as identities } from './identities.ts'
import { operations as tenants } from './tenants.ts'
import { operations as tokens } from './tokens.ts'
import { operations as types } from './types.ts'

/** Every operation of the console API by its operationId. */
export const operations = {
  ...tenants,
  ...tokens,
  ...types,
  ...clock,
  ...identities,
  ...exchanges,
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
