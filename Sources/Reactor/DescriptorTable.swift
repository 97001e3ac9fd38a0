import CLinux

/// Takes the numbers of standard input, output and errors where whoever started the process has
/// closed them: a socket would get them otherwise, and its peer what is printed. Call it before
/// anything is opened.
package func openStandardStreams() {
    SystemCall.demand("/dev/null") { clx_open_standard_streams() }
}

/// Gives the calling thread a descriptor table of its own, a copy of the process's.
///
/// The limit of open files counts per table and its hard value cannot always be raised, so that a
/// process of one table may end at 20 000 connections. With a table for each loop the same process
/// holds as many times that as it has loops.
///
/// Call it first thing on a thread. From then on a descriptor opened here means nothing on another
/// thread, one opened elsewhere means nothing here, and each of those that were copied stays open
/// until both tables have closed it: a connection that was open before would not end when its owner
/// closes it.
package func unshareDescriptors() throws(SystemError) {
    _ = try SystemCall.perform("unshare") { clx_unshare_descriptors() }
}
