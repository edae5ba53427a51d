import { isObject } from '../../../scim/json.ts'
import { type Cause, causeIn, isResource, type Resource } from '../../kit/failure-cause.ts'
import type { TargetResponse } from '../../kit/target.ts'
import type { Failure, Step } from './task.ts'

export type Read<Found> =
  | { readonly found: Found; readonly failure?: never }
  | { readonly failure: Failure; readonly found?: never }

const failed = (step: Step, cause: Cause): { readonly failure: Failure } => ({ failure: { step, cause } })
export const unusable = (step: Step, text: string) => failed(step, { kind: 'unusable', text })

/** The failure that a response reports: a 3xx, 4xx or 5xx, or no response. */
export function failureIn(response: TargetResponse, step: Step): Failure | undefined {
  const cause = causeIn(response)
  return cause && { step, cause }
}

/** A page of a list. */
export type Page = { readonly resources: readonly Resource[]; readonly totalResults: number }

const counts = ['totalResults', 'startIndex', 'itemsPerPage'] as const

/** Reads a list. A number as text is an error (Okta's SCIM 2.0 reference). */
export function readList(response: TargetResponse, step: Step): Read<Page> {
  const failure = failureIn(response, step)
  if (failure) return { failure }
  const body = response.kind === 'response' ? response.body : undefined
  if (!isObject(body)) return unusable(step, 'The response is not a JSON object.')
  const text = counts.find(name => body[name] !== undefined && typeof body[name] !== 'number')
  if (text) return unusable(step, `${text} of the response is not a number.`)
  const { Resources: list = [], totalResults } = body
  if (typeof totalResults !== 'number') return unusable(step, 'The response has no totalResults.')
  if (!Array.isArray(list)) return unusable(step, 'Resources of the response is not a list.')
  const resources = list.filter(isResource)
  if (resources.length < list.length) return unusable(step, 'A resource of the response has no id.')
  return { found: { resources, totalResults } }
}

/** Reads a look-up; a 404 means that there is no such object (Okta's SCIM 2.0 reference). The first match counts. */
export function readLookUp(response: TargetResponse, step: Step): Read<Resource | undefined> {
  if (response.kind === 'response' && response.status === 404) return { found: undefined }
  const { found, failure } = readList(response, step)
  return failure ? { failure } : { found: found.resources[0] }
}

/** Reads one resource. `whenEmpty`: what Okta reports of a response without one. */
export function readResource(response: TargetResponse, step: Step, whenEmpty: string): Read<Resource> {
  const failure = failureIn(response, step)
  if (failure) return { failure }
  const body = response.kind === 'response' ? response.body : undefined
  return isResource(body) ? { found: body } : unusable(step, whenEmpty)
}
