import { profileNames } from '../profiles/names.ts'
import { loadProfile } from '../profiles/registry.ts'

type FirstClientSettings = {
  readonly profile?: string | undefined
  readonly clientId?: string | undefined
  readonly clientSecret?: string | undefined
}

export function findClientProblems({
  profile,
  clientId,
  clientSecret,
}: FirstClientSettings): readonly string[] {
  const given = Object.entries({ '--client-id': clientId, '--client-secret': clientSecret })
    .filter(([, value]) => value !== undefined)
    .map(([flag]) => flag)
  const name = profileNames.find(known => known === profile)
  if (name !== undefined && !loadProfile(name, {}).tokenEndpoint) {
    return given.map(flag => `${flag} needs --profile entra or rfc: AWS has no token endpoint.`)
  }
  return given.length === 1 ? ['Use --client-id and --client-secret together, or neither.'] : []
}
