import { signInAddresses } from '../../domain/contract/page-addresses.ts'
import { PageHead } from '../components/layout.tsx'
import { ThemeSelect } from './theme.tsx'

// Afterwards the person returns to the page that is shown now.
const withReturn = (address: string): string =>
  `${address}?${new URLSearchParams({ return: location.pathname + location.search })}`

export const addressOfSignIn = (): string => withReturn(signInAddresses.signIn)
export const addressOfStepUp = (): string => withReturn(signInAddresses.stepUp)

export const SignInPage = () => (
  <>
    <header class="top-bar">
      <a class="brand" href="/">
        Scimulator
      </a>
      <span class="spacer" />
      <ThemeSelect />
    </header>
    <main id="main" class="sign-in" tabIndex={-1}>
      <PageHead
        title="Sign in"
        description="This console is protected. Sign in with the account of your organization; you will return to this page."
      />
      <p class="actions">
        <a class="button primary" href={addressOfSignIn()}>
          Sign in
        </a>
      </p>
    </main>
  </>
)
