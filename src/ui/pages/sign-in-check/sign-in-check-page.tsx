import { PageHead } from '../../components/layout.tsx'
import { type PageProps, query, setQuery } from '../../router.ts'
import { ResponseCheck } from './response-check.tsx'
import { UserList } from './user-list.tsx'

const views = { users: 'Users', response: 'Check a SAML response' } as const

export function SignInCheckPage({ tenant = '' }: PageProps) {
  const view = query.value.get('view') ?? 'users'
  return (
    <>
      <PageHead
        title="Sign-in check"
        description="AWS signs in the user whose userName equals the NameID of the SAML response. This page checks only; it creates no session."
      />
      <fieldset class="tabs">
        <legend class="visually-hidden">View</legend>
        {Object.entries(views).map(([name, label]) => (
          <button
            key={name}
            type="button"
            aria-pressed={view === name}
            onClick={() => setQuery({ view: name === 'users' ? undefined : name })}
          >
            {label}
          </button>
        ))}
      </fieldset>
      {view === 'response' ? <ResponseCheck tenant={tenant} /> : <UserList tenant={tenant} />}
    </>
  )
}
