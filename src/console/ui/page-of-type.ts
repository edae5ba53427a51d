/** The page that shows a resource of a type, where the type has one. */
export const pageOfType: Readonly<Record<string, 'user' | 'group'>> = { User: 'user', Group: 'group' }
