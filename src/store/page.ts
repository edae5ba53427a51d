/** Some of many, and where the others go on. */
export type Page<Item> = { readonly items: readonly Item[]; readonly next?: string }
export type PageRequest = { readonly limit: number; readonly cursor?: string }
