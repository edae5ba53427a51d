import { toIsoTime } from '../../domain/contract/operation.ts'
import type { SignInCheck, UserSignIn } from '../../domain/contract/sign-in-check.ts'
import type { ResponseCheck } from '../../insight/sign-in-check/check-response.ts'
import type { UserSignIn as FoundUser } from '../../insight/sign-in-check/list-users.ts'
import {
  getRule,
  type IdentityProvider,
  identityProviders,
  type SignInRuleId,
} from '../../insight/sign-in-check/rules.ts'
import { compact } from '../../scim/json.ts'
import { viewRelated } from './identity.ts'

const allProviders = Object.keys(identityProviders) as readonly IdentityProvider[]

/** A rule with the settings of all identity providers, or of the one that is known. */
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

export const viewUserSignIn = (
  { identity, verdict, issues }: FoundUser,
  provider?: IdentityProvider,
): UserSignIn => ({
  id: identity.id,
  name: identity.label,
  display: identity.display,
  status: identity.status,
  groups: identity.groups.map(viewRelated),
  verdict,
  issues: issues.map(({ rule, detail }) => ({ ...viewRule(rule, provider), detail })),
})

export function viewResponseCheck(check: ResponseCheck, now: number): SignInCheck {
  const { outcome, inspection, results, user, cloudTrail, page, identityProvider } = check
  const { sha256, form, assertion, signature } = inspection
  return {
    outcome,
    sha256,
    form,
    at: toIsoTime(now),
    ...compact({ nameId: assertion?.nameId?.text, issuer: assertion?.issuer, identityProvider, page }),
    ...(signature.kind === 'valid' && {
      certificate: {
        ...signature.certificate,
        notBefore: toIsoTime(signature.certificate.notBefore),
        notAfter: toIsoTime(signature.certificate.notAfter),
      },
    }),
    ...(user && { user: viewUserSignIn(user, identityProvider) }),
    results: results.map(({ rule, result, detail }) => ({
      ...viewRule(rule, identityProvider),
      result,
      detail,
    })),
    ...(cloudTrail && { cloudTrail: { ...cloudTrail } }),
  }
}
