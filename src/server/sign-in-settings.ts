import type { SignInSettings } from '../console/sign-in/settings.ts'
import { compact } from '../scim/json.ts'
import type { Config } from './config.ts'

export function signInSettingsOf(config: Config): SignInSettings | undefined {
  const { consoleIssuer: issuer, consoleClientId: clientId } = config
  if (issuer === undefined || clientId === undefined) return undefined
  return {
    issuer,
    clientId,
    readers: config.consoleReaders,
    writers: config.consoleWriters,
    recent: config.consoleRecent,
    session: config.consoleSession,
    ...compact({
      clientSecret: config.consoleClientSecret,
      audience: config.consoleAudience,
      acr: config.consoleAcr,
    }),
  }
}
