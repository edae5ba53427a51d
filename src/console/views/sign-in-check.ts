import type { ResponseCheck } from '../../insight/sign-in-check/check-response.ts'
import type { UserSignIn } from '../../insight/sign-in-check/list-users.ts'
import {
  getRule,
  type IdentityProvider,
  identityProviders,
  type SignInRuleId,
} from '../../insight/sign-in-check/rules.ts'

const allProviders = Object.keys(identityProviders) as readonly IdentityProvider[]

function viewRule(id: SignInRuleId, provider?: IdentityProvider) {
  const { description, severity, source, basis, remedy, settings = {} } = getRule(id)
  const shown = provider && settings[provider] !== undefined ? [provider] : allProviders
  return {
    rule: id,
    description,
    severity,
    source,
    basis,
    remedy,
    settings: shown.flatMap(name => {
      const setting = settings[name]
      return setting === undefined ? [] : [{ identityProvider: identityProviders[name], setting }]
    }),
  }
}

export const viewUserSignIn = ({ identity, verdict, issues }: UserSignIn, provider?: IdentityProvider) => ({
  ...identity,
  name: identity.label,
  verdict,
  issues: issues.map(({ rule, detail }) => ({ ...viewRule(rule, provider), detail })),
})

export function viewResponseCheck(check: ResponseCheck, now: number) {
  const { inspection, results, user, identityProvider } = check
  const { sha256, form, assertion, signature } = inspection
  return {
    ...check,
    sha256,
    form,
    at: now,
    nameId: assertion?.nameId?.text,
    issuer: assertion?.issuer,
    certificate: signature.kind === 'valid' ? signature.certificate : undefined,
    user: user && viewUserSignIn(user, identityProvider),
    results: results.map(({ rule, result, detail }) => ({
      ...viewRule(rule, identityProvider),
      result,
      detail,
    })),
  }
}
