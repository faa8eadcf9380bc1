/** True only in the build that is looked at in a plain browser. */
declare const __FAKE_BACKEND__: boolean;
