using System.Runtime.InteropServices;

namespace SkyTree.Bench.Native;

/// <summary>
/// OpenSSL itself rather than SslStream: it works on a non-blocking descriptor, so TLS fits the same
/// event loop as plain sockets and adds no thread, task or copy that would count as the generator's cost.
/// </summary>
internal static unsafe partial class OpenSsl
{
    private const string Library = "libssl.so.3";

    public const int SSL_ERROR_WANT_READ = 2;
    public const int SSL_ERROR_WANT_WRITE = 3;
    public const int SSL_ERROR_ZERO_RETURN = 6;

    private const int SSL_CTRL_MODE = 33;
    private const int SSL_CTRL_SET_READ_AHEAD = 41;
    private const int SSL_MODE_ENABLE_PARTIAL_WRITE = 1;
    private const int SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER = 2;
    private const int SSL_MODE_AUTO_RETRY = 4;

    private static readonly Lazy<nint> s_context = new(CreateContext);

    [LibraryImport(Library)]
    private static partial nint TLS_client_method();

    [LibraryImport(Library)]
    private static partial nint SSL_CTX_new(nint method);

    [LibraryImport(Library)]
    private static partial nint SSL_CTX_ctrl(nint context, int command, nint argument, nint pointer);

    [LibraryImport(Library)]
    private static partial void SSL_CTX_set_default_read_buffer_len(nint context, nuint length);

    [LibraryImport(Library)]
    private static partial nint SSL_new(nint context);

    [LibraryImport(Library)]
    private static partial int SSL_set_fd(nint ssl, int fd);

    [LibraryImport(Library)]
    private static partial int SSL_connect(nint ssl);

    [LibraryImport(Library, EntryPoint = "SSL_read")]
    public static partial int Read(nint ssl, byte* buffer, int length);

    [LibraryImport(Library, EntryPoint = "SSL_write")]
    public static partial int Write(nint ssl, byte* buffer, int length);

    [LibraryImport(Library, EntryPoint = "SSL_get_error")]
    public static partial int GetError(nint ssl, int result);

    [LibraryImport(Library, EntryPoint = "SSL_free")]
    public static partial void Free(nint ssl);

    /// <summary>Shakes hands on a connected, still blocking descriptor; any certificate is accepted.</summary>
    public static nint Connect(int fd)
    {
        nint ssl = SSL_new(s_context.Value);
        int result = SSL_set_fd(ssl, fd) == 1 ? SSL_connect(ssl) : 0;
        if (result != 1)
        {
            int error = GetError(ssl, result);
            Free(ssl);
            throw new BenchException($"TLS handshake failed (OpenSSL error {error}); is the port a TLS listener?");
        }

        return ssl;
    }

    private static nint CreateContext()
    {
        nint context = SSL_CTX_new(TLS_client_method());
        int mode = SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_AUTO_RETRY;
        _ = SSL_CTX_ctrl(context, SSL_CTRL_MODE, mode, 0);

        // One read of the socket may bring several records; without this every record costs two reads.
        _ = SSL_CTX_ctrl(context, SSL_CTRL_SET_READ_AHEAD, 1, 0);
        SSL_CTX_set_default_read_buffer_len(context, 64 * 1024);
        return context;
    }
}
