import { enforce } from '../profiles/enforce.ts'
import { errors } from '../scim/error.ts'
import { isObject, type Json } from '../scim/json.ts'
import { readResource } from '../scim/read-resource.ts'
import type { Resource } from '../scim/resource.ts'
import type { Call } from './call.ts'

/** The body of a POST or PUT, read as the profile reads it and held against what the profile refuses. */
export function readBody(
  call: Call,
  body: Json | undefined,
): { resource: Resource; members: readonly string[] | undefined } {
  const { type, operation } = call
  const { reads, rules, completes } = call.tenant.profile
  if (!isObject(body))
    throw errors.invalidSyntax(`The body has to be a JSON object that describes a ${type.name}.`)
  enforce(rules.body, { operation, type, body })
  const read = readResource(body, type, reads)
  const resource = completes ? completes(type, operation, read.resource) : read.resource
  const { members } = read
  enforce(rules.resource, { operation, type, resource, members: members ?? [] })
  return { resource, members }
}
