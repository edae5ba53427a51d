/** What a page is given: the parts of its address. */
export type PageParts = { readonly tenant?: string; readonly id?: string }
