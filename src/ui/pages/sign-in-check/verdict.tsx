import type { ComponentChildren } from 'preact'
import { escapeHidden } from '../../../domain/client-text.ts'
import type { SignInIssue, SignInVerdict, UserSignIn } from '../../../domain/contract/sign-in-check.ts'
import { Loading, ProblemBox } from '../../components/feedback.tsx'
import { useLoad } from '../../load.ts'

export const verdictLabels: Readonly<Record<SignInVerdict, string>> = {
  yes: 'yes',
  'at-risk': 'at risk',
  no: 'no',
}

export const verdictTones = { yes: 'plain', 'at-risk': 'disabled', no: 'bad' } as const

export const Verdict = ({ verdict }: { readonly verdict: SignInVerdict }) => (
  <span class={`status-${verdictTones[verdict]}`}>{verdictLabels[verdict]}</span>
)

export const Issues = ({ issues }: { readonly issues: readonly SignInIssue[] }) =>
  issues.length > 0 && (
    <ul class="issues">
      {issues.map(issue => (
        <li key={issue.rule}>
          {escapeHidden(issue.detail)}
          <Remedy {...issue}>
            <p class="muted">
              {issue.description.replaceAll('`', '')} <a href={issue.source}>Source</a>
            </p>
          </Remedy>
        </li>
      ))}
    </ul>
  )

export const Remedy = ({
  rule,
  remedy,
  settings,
  children,
}: Pick<SignInIssue, 'rule' | 'remedy' | 'settings'> & { readonly children?: ComponentChildren }) => (
  <details class="remedy">
    <summary>Fix {rule}</summary>
    <p>{remedy}</p>
    {settings.length > 0 && (
      <dl>
        {settings.map(({ identityProvider, setting }) => (
          <div key={identityProvider}>
            <dt>{identityProvider}</dt>
            <dd>{setting}</dd>
          </div>
        ))}
      </dl>
    )}
    {children}
  </details>
)

const sentences: Readonly<Record<SignInVerdict, string>> = {
  yes: 'AWS would let this user sign in, if the identity provider sends the userName as NameID.',
  'at-risk': 'The sign-in or the access of this user may fail.',
  no: 'AWS would reject the sign-in of this user.',
}

export function UserVerdict({ tenant, id }: { readonly tenant: string; readonly id: string }) {
  const loaded = useLoad('GET /tenants/:tenant/sign-in/users/:id', { params: { tenant, id } })
  const problem = loaded.problem.value
  const user: UserSignIn | undefined = loaded.value.value
  if (problem) return <ProblemBox problem={problem} />
  if (!user) return <Loading />
  return (
    <section aria-label="Sign-in">
      <p>
        <Verdict verdict={user.verdict} /> {sentences[user.verdict]}
      </p>
      {user.issues.length > 0 && <Issues issues={user.issues} />}
    </section>
  )
}
