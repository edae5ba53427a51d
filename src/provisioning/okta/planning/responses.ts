import { isObject } from '../../../scim/json.ts'
import { failureIn, isNotFound, isResource, type Read, type Resource, unusable } from '../../kit/failure.ts'
import type { TargetResponse } from '../../kit/target.ts'
import type { Step } from './task.ts'

export type Page = { readonly resources: readonly Resource[]; readonly totalResults: number }

const counts = ['totalResults', 'startIndex', 'itemsPerPage'] as const

/** Reads a list. A number as text is an error (Okta's SCIM 2.0 reference). */
export function readList(response: TargetResponse, step: Step): Read<Page, Step> {
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
export function readLookUp(response: TargetResponse, step: Step): Read<Resource | undefined, Step> {
  if (isNotFound(response)) return { found: undefined }
  const { found, failure } = readList(response, step)
  return failure ? { failure } : { found: found.resources[0] }
}
