using System.Text;

namespace SkyTree.AspNetCore.Administration;

/// <summary>
/// How a command of this program speaks to the broker that runs on the same data folder: one line asks, lines answer.
/// <c>data N</c> is followed by N bytes; <c>done</c> and <c>error</c> end the answer.
/// </summary>
internal static class AdminProtocol
{
    public const string FileName = "admin.sock";

    public const string Backup = "backup 1";

    public const string Cluster = "cluster 1 ";

    public const string ResetPassword = "reset-admin-password 1 ";

    public const string Data = "data ";

    public const string Progress = "progress ";

    public const string Done = "done ";

    public const string Error = "error ";

    public const int LongestLine = 64 * 1024 * 1024; // a manifest has a line for each file

    // What a socket's address has room for, without its end.
    private const int LongestPath = 107;

    /// <summary>The line that asks a node of a cluster.</summary>
    public static string ClusterRequest(ClusterRequest request) => $"{Cluster}{request.Verb} {request.Argument}";

    /// <summary>The socket's path, as long as it is or from the working directory; null: both are too long for a socket.</summary>
    public static string? PathIn(string folder)
    {
        string full = Path.GetFullPath(Path.Combine(folder, FileName));
        string relative = Path.GetRelativePath(Environment.CurrentDirectory, full);
        string shorter = relative.Length < full.Length ? relative : full;
        return Encoding.UTF8.GetByteCount(shorter) <= LongestPath ? shorter : null;
    }
}
