using System.Globalization;
using System.Text.Json;
using SkyTree.Cluster.Administration;

namespace SkyTree.AspNetCore.Administration;

/// <summary>What the broker answers to a command about its cluster.</summary>
internal static class ClusterAnswers
{
    /// <summary>Does it.</summary>
    /// <param name="request">A verb and its argument.</param>
    /// <param name="cluster">Null when the broker is no node of a cluster.</param>
    /// <param name="cancellationToken">The broker stops.</param>
    /// <returns>The line of the answer.</returns>
    public static async Task<string> AnswerAsync(string request, ClusterAdmin? cluster, CancellationToken cancellationToken)
    {
        if (cluster is null)
        {
            return AdminProtocol.Error + "this broker is no node of a cluster; SkyTree:Cluster:Enabled makes it one";
        }

        string[] parts = request.Split(' ', 2);
        try
        {
            return AdminProtocol.Done + await DoAsync(parts[0], parts.ElementAtOrDefault(1) ?? "", cluster, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return AdminProtocol.Error + "the broker stops";
        }
        catch (Exception exception)
        {
            return AdminProtocol.Error + exception.Message.ReplaceLineEndings(" ");
        }
    }

    private static async Task<string> DoAsync(string verb, string argument, ClusterAdmin cluster, CancellationToken cancellationToken)
    {
        switch (verb)
        {
            case ClusterRequest.Status:
                return JsonSerializer.Serialize(await cluster.GetStatusAsync(cancellationToken));
            case ClusterRequest.Add:
                await cluster.AddAsync(argument, cancellationToken);
                return $"{argument} was added";
            case ClusterRequest.Remove:
                await cluster.RemoveAsync(argument, cancellationToken);
                return $"{argument} was removed";
            case ClusterRequest.Leave:
                await cluster.LeaveAsync(cancellationToken);
                return "the node has left, and ends";
            case ClusterRequest.Lead:
                return $"{await cluster.LetAnotherLeadAsync(cancellationToken):N} leads";
            case ClusterRequest.Drain:
                int rate = argument.Length == 0 ? ClusterAdmin.DefaultDrainRate : int.Parse(argument, CultureInfo.InvariantCulture);
                int sent = await cluster.DrainAsync(rate, cancellationToken);
                return string.Create(CultureInfo.InvariantCulture, $"{sent} clients were sent to other nodes; others are refused until 'undrain' or the end of the process");
            case ClusterRequest.Undrain:
                cluster.EndDrain();
                return "clients are welcome again";
            default:
                return await Task.FromException<string>(new ClusterAdminException($"this version does not know '{verb}'"));
        }
    }
}
