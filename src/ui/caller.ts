import { signal } from '@preact/signals'
import type { Me } from '../domain/contract/console-access.ts'
import type { Need } from '../domain/contract/operation.ts'
import { type ApiProblem, call, challenge, hasToken, sendStoredToken } from './api.ts'
import { docs } from './components/documentation.tsx'
import { toApiProblem } from './load.ts'

/** Who uses this page, and whether people sign in; undefined until it is known. */
export const me = signal<Me | undefined>(undefined)
export const meProblem = signal<ApiProblem | undefined>(undefined)

export async function loadMe(): Promise<boolean> {
  try {
    me.value = await fetchMe()
    docs.value = me.value.docs
    meProblem.value = undefined
  } catch (error) {
    meProblem.value = toApiProblem(error)
  }
  return isAllowed('read')
}

// A console with sign-in knows people by their cookie; a stored token is of no use to it.
async function fetchMe(): Promise<Me> {
  const found = await call('GET /me')
  if (found.caller || found.signIn) return found
  if (!hasToken()) {
    challenge.value = { kind: 'token-required', message: '' }
    return found
  }
  sendStoredToken()
  return call('GET /me')
}

const order: readonly Need[] = ['none', 'metrics', 'read', 'write', 'destroy']

export const isAllowed = (need: Need): boolean =>
  order.indexOf(me.value?.caller?.level ?? 'none') >= order.indexOf(need)

export const isReadOnlyPage = signal(false)

export const isAvailable = (need: Need, readOnly = isReadOnlyPage.value): boolean =>
  isAllowed(need) && !(readOnly && order.indexOf(need) > order.indexOf('read'))
