import { enforce } from '../profiles/enforce.ts'
import { errors } from '../scim/error.ts'
import { isObject, type Json } from '../scim/json.ts'
import { readResource } from '../scim/read-resource.ts'
import type { Resource } from '../scim/resource.ts'
import type { Call } from './call.ts'
import { type KeptSecrets, sealBody } from './seal.ts'

/**
 * The body of a POST or PUT, its secrets hashed, read as the profile reads it and held against what the profile
 * refuses. `kept` are the secrets of the resource that a PUT replaces.
 */
export async function readBody(
  call: Call,
  body: Json | undefined,
  kept?: KeptSecrets,
): Promise<{ resource: Resource; members: readonly string[] | undefined }> {
  const { type, operation } = call
  const { reads, rules, completes } = call.tenant.profile
  if (!isObject(body))
    throw errors.invalidSyntax(`The body has to be a JSON object that describes a ${type.name}.`)
  enforce(rules.body, { operation, type, body })
  const read = readResource(body, type, reads)
  const sealed = await sealBody(type, read.resource, kept)
  const resource = completes ? completes(type, operation, sealed) : sealed
  const { members } = read
  enforce(rules.resource, { operation, type, resource, members: members ?? [] })
  return { resource, members }
}
