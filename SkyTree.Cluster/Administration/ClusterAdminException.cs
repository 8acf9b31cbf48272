namespace SkyTree.Cluster.Administration;

/// <summary>What an operator asked for was not done. The message says why and what can be done.</summary>
internal sealed class ClusterAdminException : Exception
{
    /// <summary>Says why.</summary>
    public ClusterAdminException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
